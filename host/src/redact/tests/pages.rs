//! Forms, XML, pages and lines in the carriers' shapes.

use super::check;

#[test]
fn zto_push_is_a_form() {
    check(
        r##"data=%7B%22billCode%22%3A%2273900000000001%22%2C%22action%22%3A%22SIGNED%22%2C%22desc%22%3A%22%E5%BF%AB%E4%BB%B6%E5%B7%B2%E7%94%B1%E3%80%90%E9%99%86%E5%B0%8F%E6%B9%89%E3%80%91%E7%AD%BE%E6%94%B6%22%2C%22expressSigner%22%3A%22%E9%99%86%E5%B0%8F%E6%B9%89%22%7D&data_digest=nsIP%2BAgXDPsgbdG1lgF8yA%3D%3D&company_id=demo-company&msg_type=Traces"##,
        r##"data=%7B%22billCode%22%3A%2273900000000001%22%2C%22action%22%3A%22SIGNED%22%2C%22desc%22%3A%22%E5%BF%AB%E4%BB%B6%E5%B7%B2%E7%94%B1%E3%80%90%E9%BA%B4%E5%B1%BF%E9%9C%8F%E3%80%91%E7%AD%BE%E6%94%B6%22%2C%22expressSigner%22%3A%22%E9%BA%B4%E5%B1%BF%E9%9C%8F%22%7D&data_digest=***&company_id=demo-company&msg_type=Traces"##,
    );
}

#[test]
fn yto_push_is_xml() {
    check(
        r##"<UpdateInfo><mailNo>YT8800000000011</mailNo><infoContent>SIGNED</infoContent><acceptTime>2026-03-12 11:36:52 CST</acceptTime><orgName>陕西省西安市碑林区</orgName><orgPhone>029-80004321</orgPhone><empName>高建国</empName><empCode>71900101</empCode><remark>已签收，签收人: 高建国 &amp; 家人</remark></UpdateInfo>"##,
        r##"<UpdateInfo><mailNo>YT8800000000011</mailNo><infoContent>SIGNED</infoContent><acceptTime>2026-03-12 11:36:52 CST</acceptTime><orgName>陕西省西安市碑林区</orgName><orgPhone>029-02882138</orgPhone><empName>郏霏珂</empName><empCode>71900101</empCode><remark>已签收，签收人: 郏霏珂 &amp; 家人</remark></UpdateInfo>"##,
    );
}

#[test]
fn zjs_xml_in_xml() {
    check(
        r##"<?xml version="1.0" encoding="utf-8"?><string xmlns="http://edi.zjs.com.cn/">&lt;BatchQueryResponse&gt;&lt;order&gt;&lt;mailNo&gt;A000000000019&lt;/mailNo&gt;&lt;signinPer&gt;秦雪梅&lt;/signinPer&gt;&lt;acceptAddress&gt;派送员冯小宝(13900005555)正在派件&lt;/acceptAddress&gt;&lt;/order&gt;&lt;/BatchQueryResponse&gt;</string>"##,
        r##"<?xml version="1.0" encoding="utf-8"?><string xmlns="http://edi.zjs.com.cn/">&lt;BatchQueryResponse&gt;&lt;order&gt;&lt;mailNo&gt;A000000000019&lt;/mailNo&gt;&lt;signinPer&gt;佴琪晗&lt;/signinPer&gt;&lt;acceptAddress&gt;派送员昝璟昱(15448235005)正在派件&lt;/acceptAddress&gt;&lt;/order&gt;&lt;/BatchQueryResponse&gt;</string>"##,
    );
}

#[test]
fn sf_attributes_and_cdata() {
    check(
        r##"<Response><Head>OK</Head><Route mailno="SF1900000000001" acceptTime="2026-01-18 10:20:09" remark="签收人：姚雪" opCode="80"/><note><![CDATA[收件人姓名：姚雪 <尾号5678>]]></note></Response>"##,
        r##"<Response><Head>OK</Head><Route mailno="SF1900000000001" acceptTime="2026-01-18 10:20:09" remark="签收人：亢珏" opCode="80"/><note><![CDATA[收件人姓名：亢珏 <尾号0000>]]></note></Response>"##,
    );
}

#[test]
fn a_page() {
    check(
        r##"<html><head><title>快件查询</title></head><body><table><tr><th>收件人</th><td>鲁知行</td></tr><tr><td>2026/01/19 12:30:00</td><td>【温州市】已签收，签收人：鲁知行，电话 0577-80001234</td></tr></table><script>var d={"receiverName":"鲁知行","waybillNo":"3900000000017"};</script><a href="http://track.example.cn/go.php?wen=3900000000017&k=9">详情</a></body></html>"##,
        r##"<html><head><title>快件查询</title></head><body><table><tr><th>收件人</th><td>麴峤峤</td></tr><tr><td>2026/01/19 12:30:00</td><td>【温州市】已签收，签收人：麴峤峤，电话 0577-02881234</td></tr></table><script>var d={"receiverName":"麴峤峤","waybillNo":"3900000000017"};</script><a href="http://track.example.cn/go.php">详情</a></body></html>"##,
    );
}

#[test]
fn roles_stay() {
    check(r##"您的快件已被 本人 签收，感谢使用"##, r##"您的快件已被 本人 签收，感谢使用"##);
}

#[test]
fn roles_and_wide_digits() {
    check(
        r##"您的快件由家人代收；门卫、前台、代收点、【菜鸟驿站】、丰巢柜均可；收件人拒收，业务员赵六电话１３８００００５６７８"##,
        r##"您的快件由家人代收；门卫、前台、代收点、【菜鸟驿站】、丰巢柜均可；收件人拒收，业务员乜岚电话15490496953"##,
    );
}

#[test]
fn cut_off_in_a_string() {
    check(
        r##"{"msgData":"{\"routeResps\":[{\"mailNo\":\"SF1900000000001\",\"receiverName\":\"张伟\",\"phone\":\"13800138000\",\"remark\":\"签收人：张伟"##,
        r##"{"msgData":"{\"routeResps\":[{\"mailNo\":\"SF1900000000001\",\"receiverName\":\"亢琪\",\"phone\":\"15478840948\",\"remark\":\"签收人：亢琪"##,
    );
}

#[test]
fn jsonp() {
    check(
        r##"jsonp123({"success":true,"data":[{"signMan":"霍元庆","scanDate":1768651200000,"desc":"客户签收"}]});"##,
        r##"jsonp123({"success":true,"data":[{"signMan":"佴雯岚","scanDate":1768651200000,"desc":"客户签收"}]});"##,
    );
}

#[test]
fn sto_form_not_encoded() {
    check(
        r##"content={"waybillNo":"777000000000017","trace":{"signoffPeople":"便利店","bizEmpName":"冉小林","bizEmpPhone":"0577-8000****"}}"##,
        r##"content={"waybillNo":"777000000000017","trace":{"signoffPeople":"便利店","bizEmpName":"仉琪玥","bizEmpPhone":"0577-0000****"}}"##,
    );
}

#[test]
fn a_line() {
    check(
        r##"快件已放至【文三路88号驿站】，联系人：钱多多女士 13500009999，邮箱 qian@mail.example.net，Cookie: JSESSIONID=0A1B2C3D4E5F; token=abcdef123456"##,
        r##"快件已放至【无名路737号驿站】，联系人：佴炜崧女士 15483560088，邮箱 someone889249@example.com，Cookie: JSESSIONID=***; token=***"##,
    );
}
