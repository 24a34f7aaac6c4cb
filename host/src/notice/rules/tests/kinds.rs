//! Titles alone, with the barest text under them: what a kind is told by.

use super::super::{Kind, Told, read};
use Kind::{AuthChange, FieldChange, Holiday, HostChange, LimitChange, Outage, Retirement};

const PUBLISHED: i64 = 1_772_416_800_000; // 2026-03-02T10:00+08:00

const TITLES: &[(Kind, &str)] = &[
    (Retirement, "关于下线旧版物流轨迹查询接口的公告"),
    (Retirement, "运单查询接口V1.0停止维护通知"),
    (Retirement, "老版电子面单API关停公告"),
    (Retirement, "关于终止WebService接口服务的通知"),
    (Retirement, "traceOrder.action接口退役说明"),
    (Retirement, "旧版开放平台将于近期关闭"),
    (Retirement, "历史接口清理公告"),
    (Retirement, "XML格式接口不再提供服务的通知"),
    (Retirement, "轨迹订阅旧接口停用提醒"),
    (Retirement, "PHP SDK 1.x 停止支持"),
    (Retirement, "关于废弃v2版本API的通知"),
    (Retirement, "接口下线倒计时7天"),
    (HostChange, "接口调用域名切换通知"),
    (HostChange, "关于API网关IP地址变更的公告"),
    (HostChange, "SSL证书升级公告"),
    (HostChange, "生产环境接入地址调整通知"),
    (HostChange, "关于全面启用HTTPS访问的通知"),
    (HostChange, "关于推送服务出口IP变更的通知"),
    (HostChange, "开放平台域名迁移公告"),
    (HostChange, "根证书更换通知"),
    (HostChange, "开放平台请求URL变更"),
    (HostChange, "接口端口调整公告"),
    (AuthChange, "接口鉴权方式升级公告"),
    (AuthChange, "关于更换API密钥的通知"),
    (AuthChange, "签名算法升级为SHA256的公告"),
    (AuthChange, "Token有效期调整通知"),
    (AuthChange, "关于接口加密方式变更的公告"),
    (AuthChange, "appSecret定期轮换通知"),
    (AuthChange, "接口新增签名校验的通知"),
    (AuthChange, "OAuth2.0授权认证上线通知"),
    (AuthChange, "关于加强接口访问安全认证的公告"),
    (AuthChange, "数据加密密钥更新通知"),
    (FieldChange, "轨迹查询接口返回字段调整公告"),
    (FieldChange, "物流状态码更新通知"),
    (FieldChange, "下单接口新增必填参数的通知"),
    (FieldChange, "关于推送报文格式变更的公告"),
    (FieldChange, "轨迹接口V3.0升级公告"),
    (FieldChange, "签收节点状态编码优化说明"),
    (FieldChange, "时间字段格式统一调整"),
    (FieldChange, "错误码体系升级公告"),
    (FieldChange, "运单号规则变更通知"),
    (FieldChange, "关于轨迹推送新增事件类型的通知"),
    (FieldChange, "接口返回数据结构调整"),
    (FieldChange, "查询接口手机号后四位必传的通知"),
    (LimitChange, "接口限流规则调整公告"),
    (LimitChange, "关于调整API调用频率限制的通知"),
    (LimitChange, "轨迹查询接口按次收费的公告"),
    (LimitChange, "接口每日调用配额调整"),
    (LimitChange, "开放平台IP白名单管控通知"),
    (LimitChange, "批量查询单次最大数量调整"),
    (LimitChange, "接口QPS限制升级公告"),
    (LimitChange, "关于免费调用额度变更的通知"),
    (LimitChange, "关于规范查询频次的通知"),
    (Outage, "系统升级维护公告"),
    (Outage, "开放平台停机维护通知"),
    (Outage, "关于系统升级暂停服务的公告"),
    (Outage, "接口服务异常公告"),
    (Outage, "机房网络割接通知"),
    (Outage, "轨迹推送延迟说明"),
    (Outage, "数据库升级期间服务中断通知"),
    (Outage, "关于接口故障的情况说明"),
    (Outage, "凌晨系统例行维护"),
    (Outage, "开放平台系统升级公告"),
    (Holiday, "2026年春节放假安排"),
    (Holiday, "国庆节期间服务公告"),
    (Holiday, "春节期间技术支持服务安排"),
    (Holiday, "清明节放假通知"),
    (Holiday, "端午假期客服工作时间调整"),
    (Holiday, "元旦放假及值班安排"),
    (Holiday, "春节期间快递收寄服务安排"),
    (Holiday, "中秋国庆双节运营公告"),
];

const ORDINARY: &[(&str, &str)] = &[
    ("公司荣获科技进步奖", "3月10日，公司凭借轨迹接口平台获奖。"),
    ("新版官网上线啦", "3月10日，全新官网上线，查件更快，寄件更省心。"),
    ("关于调整快递价格的通知", "自3月10日起，省内首重调整为10元。"),
    ("春季招聘：接口开发工程师", "岗位要求：熟悉API设计与系统维护。3月20日截止。"),
    ("寄件升级，会员享专属优惠", "即日起至3月31日，会员寄件八折优惠。"),
    ("新春祝福：不停歇的守护", "春节假期，五万快递小哥坚守岗位。"),
    ("快递行业数字化升级加速", "业内专家表示，行业接口标准正在统一。"),
    ("冷链新品上市", "3月18日起，冷链产品升级为全程温控，服务范围扩大到120城。"),
    ("停止发货？谣言！", "近日网传我司停止收件，系谣言，各网点运营正常。"),
    ("供应商大会圆满召开", "3月1日，供应商大会在杭州召开，会上介绍了系统升级规划。"),
    ("会员等级规则调整", "3月15日起，会员成长值有效期由12个月调整为24个月。"),
    ("网点加盟政策升级", "即日起加盟新网点免系统使用费，名额有限。"),
    ("这份“开运密钥”请收好", "转发抽奖，有机会获得春节礼盒，3月5日24点截止。"),
    ("大促备战：运力升级完成", "新增干线车辆300台，转运中心设备维护完毕，全力迎战双11。"),
    ("高校合作签约仪式举行", "双方将共建实验室，开展网络安全与加密技术研究。"),
    ("客户故事：一次接口对接背后的温度", "技术小哥连夜驻场，帮助商家在大促前完成系统升级。"),
];

#[test]
fn a_title_tells_the_kind() {
    let text = "各位合作伙伴：现将有关事项通知如下，请知悉。\n执行时间：2026年3月18日。";
    let mut wrong = Vec::new();
    for (kind, title) in TITLES {
        let told = Told { carrier: None, published: Some(PUBLISHED), seen: PUBLISHED, title, text };
        let readings = read(&told);
        let first = readings.first();
        let date = first.and_then(|reading| reading.effective).map(|at| at.to_string());
        if first.map(|reading| reading.kind) != Some(*kind) || date.as_deref() != Some("2026-03-18") {
            wrong.push(format!("{title}: {:?} {date:?}", first.map(|reading| reading.kind)));
        }
    }
    assert!(wrong.len() * 25 <= TITLES.len(), "{wrong:#?}");
}

#[test]
fn ordinary_posts_are_left_alone() {
    let raised: Vec<_> = ORDINARY
        .iter()
        .filter_map(|(title, text)| {
            let readings = read(&Told { carrier: None, published: Some(PUBLISHED), seen: PUBLISHED, title, text });
            readings.first().map(|first| (*title, first.kind, first.confidence))
        })
        .collect();
    assert!(raised.is_empty(), "{raised:#?}");
}

#[test]
fn kinds_have_one_name_everywhere() {
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_string(&kind).expect("json"), format!("\"{}\"", kind.as_str()));
        assert!(!kind.zh().is_empty() && !kind.en().is_empty());
        assert_eq!(Kind::ALL[kind.index()], kind);
    }
}
