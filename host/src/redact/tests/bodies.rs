//! JSON in the carriers' shapes.

use super::check;

#[test]
fn sf_json_in_a_string() {
    check(
        r##"{"apiErrorMsg":"","apiResultCode":"A1000","apiResultData":"{\"success\": true, \"msgData\": {\"routeResps\": [{\"mailNo\": \"SF1900000000001\", \"routes\": [{\"acceptTime\": \"2026-01-18 07:31:44\", \"acceptAddress\": \"宁波市\", \"remark\": \"快件交给林晓峰，正在派送途中（联系电话：13500001234，通话由“安全呼叫”保护）\", \"opCode\": \"204\"}, {\"acceptTime\": \"2026-01-18 10:20:09\", \"acceptAddress\": \"宁波市\", \"remark\": \"已签收(本人签收),如有疑问请电联快递员【林晓峰，电话：13500001234】,投诉请拨95338\", \"opCode\": \"80\"}]}]}}"}"##,
        r##"{"apiErrorMsg":"","apiResultCode":"A1000","apiResultData":"{\"success\": true, \"msgData\": {\"routeResps\": [{\"mailNo\": \"SF1900000000001\", \"routes\": [{\"acceptTime\": \"2026-01-18 07:31:44\", \"acceptAddress\": \"宁波市\", \"remark\": \"快件交给晁筠榕，正在派送途中（联系电话：15483561234，通话由“安全呼叫”保护）\", \"opCode\": \"204\"}, {\"acceptTime\": \"2026-01-18 10:20:09\", \"acceptAddress\": \"宁波市\", \"remark\": \"已签收(本人签收),如有疑问请电联快递员【晁筠榕，电话：15483561234】,投诉请拨95338\", \"opCode\": \"80\"}]}]}}"}"##,
    );
}

#[test]
fn zto_query() {
    check(
        r##"{"result":[{"billCode":"73900000000001","scanType":"派件","scanDate":1768651200000,"desc":"【绍兴市】【绍兴柯桥】（0575-80005678）的业务员周大海（15900007777）正在派件","scanSite":{"name":"绍兴柯桥","code":"31500","prov":"浙江","city":"绍兴市","phone":"0575-80005678"},"signMan":null,"operateUser":"周大海","operateUserPhone":"15900007777"}],"statusCode":"0000","status":true}"##,
        r##"{"result":[{"billCode":"73900000000001","scanType":"派件","scanDate":1768651200000,"desc":"【绍兴市】【绍兴柯桥】（0575-02886953）的业务员邴榕筠（15482047385）正在派件","scanSite":{"name":"绍兴柯桥","code":"31500","prov":"浙江","city":"绍兴市","phone":"0575-02886953"},"signMan":null,"operateUser":"邴榕筠","operateUserPhone":"15482047385"}],"statusCode":"0000","status":true}"##,
    );
}

#[test]
fn yto_list() {
    check(
        r##"[{"waybill_No":"YT8800000000011","upload_Time":"2026-03-12 09:02:11","infoContent":"SENT_SCAN","processInfo":"【陕西省西安市碑林区】的派件员【高建国】正在为您派件","city":"西安市","district":"碑林区","weight":1.35},{"waybill_No":"YT8800000000011","upload_Time":"2026-03-12 11:36:52","infoContent":"SIGNED","processInfo":"您的快件已签收，签收人: 高建国，感谢使用","city":"西安市","district":"碑林区","weight":1.35}]"##,
        r##"[{"waybill_No":"YT8800000000011","upload_Time":"2026-03-12 09:02:11","infoContent":"SENT_SCAN","processInfo":"【陕西省西安市碑林区】的派件员【郏霏珂】正在为您派件","city":"西安市","district":"碑林区","weight":1.35},{"waybill_No":"YT8800000000011","upload_Time":"2026-03-12 11:36:52","infoContent":"SIGNED","processInfo":"您的快件已签收，签收人: 郏霏珂，感谢使用","city":"西安市","district":"碑林区","weight":1.35}]"##,
    );
}

#[test]
fn deppon_query() {
    check(
        r##"{"result":"true","resultCode":"1000","responseParam":{"tracking_number":"DPK9900000000101","trace_list":[{"city":"长沙市","site":"长沙市【雨花区】营业部","description":"派送中,派送人:欧阳澄,派送人电话:18600001111","status":"SENT_SCAN","time":"2026-01-19 08:30:11"},{"city":"长沙市","site":"长沙市【雨花区】营业部","description":"正常签收,签收人类型:同事 等","status":"SIGNED","time":"2026-01-19 12:30:00"}]}}"##,
        r##"{"result":"true","resultCode":"1000","responseParam":{"tracking_number":"DPK9900000000101","trace_list":[{"city":"长沙市","site":"长沙市【雨花区】营业部","description":"派送中,派送人:苻岚筠,派送人电话:15477426425","status":"SENT_SCAN","time":"2026-01-19 08:30:11"},{"city":"长沙市","site":"长沙市【雨花区】营业部","description":"正常签收,签收人类型:同事 等","status":"SIGNED","time":"2026-01-19 12:30:00"}]}}"##,
    );
}

#[test]
fn sto_memo() {
    check(
        r##"{"success":"true","data":{"777000000000017":[{"scanType":"派件","memo":"【浙江温州瓯海公司】的【何文斌 手机(17700005678)】正在派件","opTime":"2026-01-19 08:30:11","bizEmpName":"何文斌","bizEmpPhone":"17700005678","weight":0.8},{"scanType":"签收","memo":"已签收,签收人是:【朋友代签何文斌】","opTime":"2026-01-19 12:30:00","signoffPeople":"朋友代签何文斌"}]}}"##,
        r##"{"success":"true","data":{"777000000000017":[{"scanType":"派件","memo":"【浙江温州瓯海公司】的【缑岚鸢 手机(15463246953)】正在派件","opTime":"2026-01-19 08:30:11","bizEmpName":"缑岚鸢","bizEmpPhone":"15463246953","weight":0.8},{"scanType":"签收","memo":"已签收,签收人是:【朋友代签缑岚鸢】","opTime":"2026-01-19 12:30:00","signoffPeople":"朋友代签缑岚鸢"}]}}"##,
    );
}

#[test]
fn yunda_wording() {
    check(
        r##"{"success":true,"steps":[{"time":"2026-01-19 08:30:11","station_name":"浙江温州公司瓯海分部","action":"SENT","description":"到达：浙江温州公司瓯海分部 指定：孔令川(13800001234) 派送","city":"温州市"},{"time":"2026-01-19 12:30:00","description":"到达：浙江温州公司瓯海分部 由 孔令川 签收"},{"time":"2026-01-19 12:31:00","description":"快递员孔令川取消派件将快件取出"},{"time":"2026-01-19 12:32:00","description":"到达：浙江温州公司瓯海分部 由 已签收 签收"}]}"##,
        r##"{"success":true,"steps":[{"time":"2026-01-19 08:30:11","station_name":"浙江温州公司瓯海分部","action":"SENT","description":"到达：浙江温州公司瓯海分部 指定：缑鸢屿(15490491234) 派送","city":"温州市"},{"time":"2026-01-19 12:30:00","description":"到达：浙江温州公司瓯海分部 由 缑鸢屿 签收"},{"time":"2026-01-19 12:31:00","description":"快递员缑鸢屿取消派件将快件取出"},{"time":"2026-01-19 12:32:00","description":"到达：浙江温州公司瓯海分部 由 已签收 签收"}]}"##,
    );
}

#[test]
fn jt_with_position_and_picture() {
    check(
        r##"{"code":"1","data":[{"billCode":"JT0000000000017","details":[{"scanTime":"2026-01-19 12:30:00","desc":"【温州市】包裹已签收，签收人：蔡志远","scanType":"快件签收","scanNetworkName":"温州瓯海网点","staffName":"曾祥龙","staffContact":"139 0000 8888","longitude":"120.654321","latitude":28.012345,"sigPicUrl":"https:\/\/pic.jtexpress.example\/2026\/01\/sign_998877.jpg?token=abc&uid=5"}]}]}"##,
        r##"{"code":"1","data":[{"billCode":"JT0000000000017","details":[{"scanTime":"2026-01-19 12:30:00","desc":"【温州市】包裹已签收，签收人：麴楠翊","scanType":"快件签收","scanNetworkName":"温州瓯海网点","staffName":"隗璟楠","staffContact":"154 4823 2619","longitude":"120.7","latitude":28.0,"sigPicUrl":"https:\/\/pic.jtexpress.example\/***.jpg"}]}]}"##,
    );
}

#[test]
fn ems_with_an_identity_card() {
    check(
        r##"{"retCode":"00000","retBody":"{\"responseItems\":[{\"opCode\":\"704\",\"opDesc\":\"已签收,本人签收 :++,投递员:方志强13711112222\",\"opOrgCity\":\"温州\",\"operatorNo\":\"110105194912310021\",\"operatorName\":\"方志强\",\"opTime\":\"2026-01-19 12:42:20\"}]}"}"##,
        r##"{"retCode":"00000","retBody":"{\"responseItems\":[{\"opCode\":\"704\",\"opDesc\":\"已签收,本人签收 :++,投递员:笪汐屿15429137309\",\"opOrgCity\":\"温州\",\"operatorNo\":\"990000199112010394\",\"operatorName\":\"笪汐屿\",\"opTime\":\"2026-01-19 12:42:20\"}]}"}"##,
    );
}

#[test]
fn jd_push_with_an_address() {
    check(
        r##"{"waybillCode":"JDVX00000000019","operationTime":"2026-01-19 08:30:11","operationTitle":"站点派件","operationRemark":"揽收任务已分配给段小勇（联系电话：139****6789）。","operatorName":"段小勇","operatorPhone":"13900006789","category":440,"state":"11000","routeProvinceName":"浙江","routeCityName":"温州市","routeDistrictName":"瓯海区","routeAddress":"浙江省温州市瓯海区梧田街道大堡底路18号2单元301室"}"##,
        r##"{"waybillCode":"JDVX00000000019","operationTime":"2026-01-19 08:30:11","operationTitle":"站点派件","operationRemark":"揽收任务已分配给昝崧汐（联系电话：154****5067）。","operatorName":"昝崧汐","operatorPhone":"15448235067","category":440,"state":"11000","routeProvinceName":"浙江","routeCityName":"温州市","routeDistrictName":"瓯海区","routeAddress":"浙江省温州市瓯海区无名路790号765室"}"##,
    );
}

#[test]
fn danniao_guard() {
    check(
        r##"{"success":true,"data":[{"fullTraceDetail":[{"time":"2026-01-19 08:30:11","desc":"【温州瓯海站】派件员倪可(13800001234)正在为您派件，请您准备签收"},{"time":"2026-01-19 12:30:00","desc":"包裹已签收，签收人：门卫倪大爷"}]}]}"##,
        r##"{"success":true,"data":[{"fullTraceDetail":[{"time":"2026-01-19 08:30:11","desc":"【温州瓯海站】派件员亓澍(15490491234)正在为您派件，请您准备签收"},{"time":"2026-01-19 12:30:00","desc":"包裹已签收，签收人：门卫亓榕炜"}]}]}"##,
    );
}

#[test]
fn kuaidi100_address_in_wording() {
    check(
        r##"{"message":"ok","nu":"773000000019","state":"3","data":[{"time":"2026-01-19 12:30:00","context":"快件已送达杭州市西湖区文三路88号3单元502室，由汪先生签收","location":""}],"routeInfo":{"from":{"name":"上海"},"cur":{"name":"浙江,杭州市"}}}"##,
        r##"{"message":"ok","nu":"773000000019","state":"3","data":[{"time":"2026-01-19 12:30:00","context":"快件已送达杭州市西湖区无名路330号189室，由郏先生签收","location":""}],"routeInfo":{"from":{"name":"上海"},"cur":{"name":"浙江,杭州市"}}}"##,
    );
}

#[test]
fn kdniao_names() {
    check(
        r##"{"EBusinessID":"0000000","Success":true,"Traces":[{"AcceptTime":"2015/03/08 01:15:00","AcceptStation":"包头市昆区揽投部安排投递（投递员姓名：安德泉;联系电话：18000005678）"}],"DeliveryMan":"安德泉","DeliveryManTel":"18000005678","CustomerName":"1234"}"##,
        r##"{"EBusinessID":"0000000","Success":true,"Traces":[{"AcceptTime":"2015/03/08 01:15:00","AcceptStation":"包头市昆区揽投部安排投递（投递员姓名：笪霏鸢;联系电话：15480886953）"}],"DeliveryMan":"笪霏鸢","DeliveryManTel":"15480886953","CustomerName":"1234"}"##,
    );
}

#[test]
fn an_order_with_people() {
    check(
        r##"{"order":{"receiver":{"name":"张伟","mobile":"+86 138-0013-8000","address":"广东省深圳市南山区科技园路5号","province":"广东省","city":"深圳市","zip":"518000"},"sender":{"contact":"李娜 021-60005678","email":"lina@shop.example.cn","detail":"龙华花园3栋"},"remark":"张伟要求送货上门，电话13800138000，放前台"}}"##,
        r##"{"order":{"receiver":{"name":"亢琪","mobile":"+86 154-7884-0948","address":"广东省深圳市南山区无名路979号","province":"广东省","city":"深圳市","zip":"518000"},"sender":{"contact":"宓鸢 021-02906953","email":"someone235472@example.com","detail":"无名路865号"},"remark":"亢琪要求送货上门，电话15478840948，放前台"}}"##,
    );
}

#[test]
fn tokens_and_signatures() {
    check(
        r##"{"code":0,"access_token":"eyJhbGciOi.J9x-abc_123","expires_in":7200,"sessionId":"a1b2c3d4e5f6","sign":"9F86D081884C7D65","msg":"access_token已更新","signStatus":"已签收","sign_note":"签收"}"##,
        r##"{"code":0,"access_token":"***","expires_in":7200,"sessionId":"***","sign":"***","msg":"access_token已更新","signStatus":"已签收","sign_note":"签收"}"##,
    );
}

#[test]
fn hotlines_stay() {
    check(
        r##"{"billCode":"73900000000001","desc":"【武汉市】【武汉藏龙岛】的业务员(13900001111)正在派件【95720为快递员外呼号码】，客服400-827-0270，投诉11183","courier":"","courierPhone":"13900001111","facilityContactPhone":"95311"}"##,
        r##"{"billCode":"73900000000001","desc":"【武汉市】【武汉藏龙岛】的业务员(15448236425)正在派件【95720为快递员外呼号码】，客服400-827-0270，投诉11183","courier":"","courierPhone":"15448236425","facilityContactPhone":"95311"}"##,
    );
}

#[test]
fn escapes_and_numbers_stay() {
    check(
        r##"{"desc":"\u7b7e\u6536\u4eba\uff1a\u6bdb\u4e0d\u51e1","time":"2026-01-19 12:30:00","count":3,"map":{"YT8800000000011":[]},"list":[1,2.50,-3e2,true,null,"1001"]}"##,
        r##"{"desc":"\u7b7e\u6536\u4eba\uff1a\u84af\u7444\u6c50","time":"2026-01-19 12:30:00","count":3,"map":{"YT8800000000011":[]},"list":[1,2.50,-3e2,true,null,"1001"]}"##,
    );
}

#[test]
fn echoes_of_a_secret() {
    check(
        r##"{"key":"echo","plain":"k=Zx9+/secret&Q1","json":"Zx9+/secret&Q1","url":"https://api.example.cn/v1?app_key=Zx9%2B%2Fsecret%26Q1&t=1","hex":"5a78392b2f7365637265742651 31","b64":"Wng5Ky9zZWNyZXQmUTE=","hexed":"5a78392b2f736563726574265131"}"##,
        r##"{"key":"echo","plain":"k=***","json":"***","url":"https://api.example.cn/v1","hex":"5a78392b2f7365637265742651 31","b64":"***","hexed":"***"}"##,
    );
}

#[test]
fn base64_and_identity() {
    check(
        r##"{"trackingNumber":"SF1900000000001","content":"eyJyZWNlaXZlck5hbWUiOiLmrrXlsI/li4ciLCJwaG9uZSI6IjEzOTAwMDA2Nzg5In0=","idCard":"11010519491231002X","masked":"身份证110105********002X","gps":"120.15507,30.27415"}"##,
        r##"{"trackingNumber":"SF1900000000001","content":"eyJyZWNlaXZlck5hbWUiOiLmmJ3ltKfmsZAiLCJwaG9uZSI6IjE1NDQ4MjM1MDY3In0=","idCard":"990000193012226799","masked":"身份证990000********0000","gps":"120.2,30.3"}"##,
    );
}

#[test]
fn foreigners() {
    check(
        r##"{"consigneeName":"Martin Kwan","consigneePhone":"(+1)213-555-1234","consigneeAddress":"27 Harbour View Lane Springfield, CA 90001","note":"Delivered to Martin, front desk"}"##,
        r##"{"consigneeName":"Jorvany Fanwyth","consigneePhone":"(+0)000-000-1234","consigneeAddress":"687 Nameless Road","note":"Delivered to Jorvany, front desk"}"##,
    );
}

#[test]
fn nobody_and_a_long_surname() {
    check(
        r##"{"logisticCode":"3900000000017","steps":[{"opUser":"SYSTEM","operatorName":"系统自动","signer":"家人","courier":"*","remark":"快件由【兔喜生活】代收"},{"courier":"上官云笙","courierPhone":"13600007777","remark":"业务员上官云笙正在派件，尾号1234的客户请准备"}]}"##,
        r##"{"logisticCode":"3900000000017","steps":[{"opUser":"SYSTEM","operatorName":"系统自动","signer":"家人","courier":"*","remark":"快件由【兔喜生活】代收"},{"courier":"暨霖梓琪","courierPhone":"15490387385","remark":"业务员暨霖梓琪正在派件，尾号1234的客户请准备"}]}"##,
    );
}

#[test]
fn numbers_stay_numbers() {
    check(
        r##"{"mobilePhone":"5514","phone":13900006789,"lng":120.15507,"weight":1.2,"id":123456789012,"token":99,"deliveryUserName":"阿依古丽·买买提","remark":"阿依古丽·买买提 已揽收","addressDetail":"江南大道12号","city":"杭州市"}"##,
        r##"{"mobilePhone":"0000","phone":15448235067,"lng":120.2,"weight":1.2,"id":123456789012,"token":0,"deliveryUserName":"谯鸢榕屿·雯鸢霁","remark":"谯鸢榕屿·雯鸢霁 已揽收","addressDetail":"无名路795号","city":"杭州市"}"##,
    );
}
