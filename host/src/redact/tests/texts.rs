//! Lines of text, by table.

use super::*;

#[test]
fn what_belongs_to_nobody_is_untouched() {
    for text in [
        "【杭州市】快件离开【杭州转运中心】已发往【温州转运中心】",
        "您的快件已由 本人 签收，感谢使用",
        "由家人签收；由【门卫】签收；由前台代收；由【代收点】代收",
        "签收人：本人",
        "签收人：菜鸟驿站",
        "签收人:他人代收",
        "已签收(丰巢签收),感谢使用,期待再次为您服务",
        "快件由【浙江温州瓯海公司】退回,原因:收件人拒收",
        "收件人电话无法接通，收件人要求改时间派送",
        "快递员正在为您派件，请您准备签收",
        "快递员已出发，业务员将与您联系",
        "派件员安排今日派送，业务员高峰期繁忙",
        "【到件】快件到达【温州瓯海分部】,上一站是【绍兴柯桥】,扫描员是【温州瓯海分部】",
        "【95720为快递员外呼号码】，投诉请致电11183、95338、400-827-0270 或 4008111111",
        "快件离开【湖南长沙兴业路分部】发往【常州花园南门商铺2_10店】",
        "2026-01-18 17:20:33 运单 770000000000017，批次 1768641600000，重 1.35 公斤，共 3 件",
        "袋号【900000000025】单号【3300000000025】",
        "电话010-********，手机139********",
        "00000000-0000-4000-8000-000000000019",
        "在官网\"运单资料&签收图\",可查看签收人信息",
        "零钱包*1；钥匙扣*12",
        "如有疑问请电联快递员【*，电话:*】或揽投部【电话:010-*】",
        "access_token已过期",
        "由于收方客户拒收原因 派件不成功",
        "快件已投递【温州花园南门店】",
        "运单 SF1900000000001 与 13912300001 无关",
    ] {
        assert_eq!(redactor(SALT).text(text), text);
    }
    assert!(redactor(SALT).report().is_empty());
}

#[test]
fn phones_keep_their_form_and_the_digits_that_are_kept() {
    for (text, expected) in [
        ("13500001234", "15483561234"),
        ("+86 135-0000-1234", "+86 154-8356-1234"),
        ("008613500001234", "008615483561234"),
        ("013500001234", "015483561234"),
        ("135****1234", "154****1234"),
        ("13500005678", "15483566953"),
        ("135xxxx5678", "154xxxx6953"),
        ("1350000****", "1548356****"),
        ("Tel:13500005678", "Tel:15483566953"),
        ("１３５００００５６７８", "15483566953"),
        ("0571-80001234", "0571-02881234"),
        ("(0571)80005678", "(0571)02886953"),
        ("0571-8000****", "0571-0000****"),
        ("电话057180005678", "电话057102886953"),
        ("０５７１－８０００５６７８", "０５７１－02886953"),
        ("手机尾号1234", "手机尾号1234"),
        ("手机尾号5678", "手机尾号0000"),
    ] {
        assert_eq!(redactor(SALT).text(text), expected, "{text}");
        assert_eq!(redactor(SALT).text(expected), expected, "the second time");
    }
}

#[test]
fn a_name_is_found_in_wording() {
    let ours = "晁筠榕";
    for text in [
        "签收人：林晓峰",
        "签收人是:【林晓峰】",
        "签收人: 林晓峰，感谢使用",
        "派件员【林晓峰】正在派件",
        "快递员：林晓峰(13500001234)",
        "快递员林晓峰正在为您派件",
        "业务员 林晓峰 已揽收",
        "已由【林晓峰】签收",
        "已由 林晓峰 签收",
        "快件交给林晓峰，正在派送途中",
        "指定：林晓峰(13500001234) 派送",
        "【温州瓯海】的林晓峰（135****1234） 正在第1次派件",
        "【温州公司】的【林晓峰 手机(13500001234)】正在派件",
        "[林晓峰]签收人：林晓峰",
        "（揽投员姓名：林晓峰;联系电话：）",
        "联系人 林晓峰 13500001234",
        "门卫代收，代签人：朋友林晓峰",
        "收件人林晓峰已取走邮件",
        "快递员林晓峰某某某某",
        "签收人：单位收发室（林晓峰）",
        "您的包裹已由林晓峰（凭取件码）签收",
    ] {
        let found = redactor(SALT).text(text);
        assert!(found.contains(ours) && !found.contains("晓"), "{text}\n{found}");
        assert_eq!(redactor(SALT).text(&found), found, "the second time");
    }
}

#[test]
fn a_hidden_name_has_the_surname_of_the_whole_one() {
    for (text, expected) in [
        ("林**", "晁**"),
        ("快递员林*正在派件", "快递员晁*正在派件"),
        ("签收人：林*峰", "签收人：晁*霏"),
        ("林先生", "晁先生"),
        ("欧阳**", "苻崧**"),
    ] {
        assert_eq!(redactor(SALT).text(text), expected, "{text}");
    }
}

#[test]
fn an_address_keeps_its_places() {
    for (name, text, expected) in [
        ("receiverAddress", "浙江省杭州市西湖区文三路88号3单元502室", "浙江省杭州市西湖区无名路330号189室"),
        ("receiverAddress", "杭州西湖区留下街道东穆坞", "杭州西湖区无名路196号"),
        ("acceptAddress", "宁波市", "宁波市"),
        ("acceptAddress", "温州瓯海网点", "温州瓯海网点"),
        ("address", "瓯海路1号", "无名路359号"),
        ("remark", "已送至杭州市西湖区文三路88号3单元502室门口", "已送至杭州市西湖区无名路330号189室门口"),
        ("remark", "放3栋2单元501室", "放0栋0单元000室"),
    ] {
        let found = redactor(SALT).field(name, text);
        assert_eq!(found, expected, "{text}");
        assert_eq!(redactor(SALT).field(name, &found), found, "the second time");
    }
}

#[test]
fn an_answer_in_gbk_comes_out_in_gbk() {
    let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let (text, expected) = ("<td>签收人：林晓峰</td>", "<td>签收人：晁筠榕</td>");
    assert_eq!(redactor(SALT).body(&gbk(text)), gbk(expected));
    let form = |text: &str| format!("wen=1&sender={}", posthouse_sdk::http::form_encode(gbk(text)));
    assert_eq!(redacted(&form("林晓峰")), form("晁筠榕"));
}

#[test]
fn the_report_tells_kinds_and_counts() {
    let redactor = redactor(SALT);
    redactor.body(r#"{"courier":"林晓峰","phone":"13500005678","desc":"林晓峰(13500005678)正在派件","token":"abc"}"#.as_bytes());
    assert_eq!(redactor.report(), [(Kind::Token, 1), (Kind::Phone, 2), (Kind::Name, 2)]);
}

#[test]
fn a_name_of_one_body_is_known_in_the_next() {
    let redactor = redactor(SALT);
    redactor.learn(r#"{"receiverName":"林晓峰"}"#.as_bytes());
    assert_eq!(redactor.text("林晓峰要求放前台"), "晁筠榕要求放前台");
    assert_eq!(redactor.report(), [(Kind::Name, 1)]);
}

#[test]
fn a_named_value_is_known_by_its_name() {
    for (name, value, expected) in [
        ("Set-Cookie", "JSESSIONID=0A1B2C; Path=/", "***"),
        ("Authorization", "Bearer abc.def", "***"),
        ("x-token", "abc", "***"),
        ("sign", "已签收", "已签收"),
        ("content-type", "application/json;charset=UTF-8", "application/json;charset=UTF-8"),
        ("phone_tail", "1234", "1234"),
        ("phone_tail", "5678", "0000"),
        ("lng", "120.15507", "120.2"),
        ("remark", "身份证号 110105194912310021", "身份证号 990000199112010394"),
        ("operator", "SYSTEM", "SYSTEM"),
        ("empCode", "71900101", "71900101"),
        ("servicePhone", "95338", "95338"),
        ("pin", "K7x", "***"),
        ("email", "lin@shop.example.cn", "someone289925@example.com"),
    ] {
        assert_eq!(redactor(SALT).field(name, value), expected, "{name}");
    }
}
