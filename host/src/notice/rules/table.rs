//! What words weigh: the whole knowledge of which notice is of which kind.
//!
//! A pattern is matched against one sentence at a time, in which every day and clock has become an `@` ([`DAYS`]). `<NAME>` stands for a group of [`GROUPS`]. A row counts at most twice in
//! the text, and [`TITLE`] times as much in the title.

use super::kind::Kind::{self, AuthChange, FieldChange, Holiday, HostChange, LimitChange, Outage, Retirement};

/// How much more a word in the title says than one in the text.
pub const TITLE: f64 = 2.5;

/// What a notice must weigh to be raised.
pub const RAISED: f64 = 4.25;

/// The share of the heaviest kind's weight from which a second aspect is told too.
pub const SECOND: f64 = 0.4;

/// What each technical word of [`TERMS`] adds to a kind that has some weight of its own, and the most they add together.
pub const TERM: f64 = 0.5;
pub const TERMS_AT_MOST: f64 = 2.5;

/// What a kind must weigh by itself before anything is added.
pub const ALONE: f64 = 2.0;

/// What a sentence that asks for action or threatens with a consequence adds, at most twice; and what a day still to come adds.
pub const ASKED: f64 = 0.75;
pub const DATED: f64 = 1.0;
/// What a tale takes: all its days are past and nobody is asked for anything.
pub const TALE: f64 = 2.0;
pub const ASKS: &str = r"请(?:各|您|贵|及时|尽快|提前|务必|同步|确保|检查|使用|改用|做好|注意|先行|在|于|抓紧|把|尚未|相关|自行|留意|知悉|大家|按)|烦请|务必|否则|以免|逾期|届时|未.{0,10}的(?:请求|调用|客户|商家)|将(?:返回|无法|导致|失败|被|会)|一律返回|兼容|改造|建议|特此";

/// How much goes wrong for those who miss it. Of two aspects that weigh alike, the graver comes first: without a valid key every
/// call fails, without a new field most still work.
pub const GRAVITY: &[(Kind, f64)] = &[(AuthChange, 1.25), (Retirement, 1.1), (FieldChange, 0.9)];

/// A clause that says something stays as it is speaks for nothing.
pub const UNCHANGED: &str = r"不变|无需|无须|不需要|不受影响|未受影响|不影响|不用(?:改|调整)|照常|不做(?:调整|变更)";

/// What hours from one clock to another add to an outage that has some weight.
pub const WINDOW: f64 = 2.5;

/// A day between a noun and its verb must not push them apart.
pub const DAYS: &str = r"(?:(?:20\d\d|今|明)年\s*)?\d{1,2}月(?:\d{1,2}[日号]|[底末初]|份)(?:\([^)]{1,8}\))?(?:\s*(?:凌晨|上午|下午|晚上?|早上?)?\s*(?:\d{1,2}:\d{2}|\d{1,2}[点时]整?|零[点时]))?|20\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:\s*\d{1,2}:\d{2})?";

/// Words that stand for each other in the patterns.
pub const GROUPS: &[(&str, &str)] = &[
    (
        "IFACE",
        r"(?:接口|API|SDK|网关|通道|协议|控件|插件|组件|报文|webservice|soap|V\d[\d.]*|\d\.[\dx]版?本?|版本|(?-i:[A-Z]+(?:_[A-Z0-9]+)+)|开放平台|老平台|旧平台|对外服务|客户端|控制台|请求方式|(?-i:[a-z]+[A-Z][A-Za-z]+)|订阅|推送|沙箱)",
    ),
    (
        "OFF",
        r"(?:下线|停用|停服|停运|关停|关闭|关站|废弃|弃用|废止|终止|退役|退网|退市|退场|退出|淘汰|下架|清退|清理|摘除|切断|归档|谢幕|停掉|关掉|下掉|拒掉|注销|收回|停止(?:对外)?(?:服务|使用|支持|兼容|适配|推送|签发|维护|提供|运营|运行|访问|调用|更新|解析|接入|响应|受理|开放|转发|接收)|不再(?:支持|提供|可用|维护|开放|对外|返回|响应|保留|接受|接收|受理|处理|转发|使用|解析|兼容|有效|运行|更新|续期|续签|续约|适配|承接|监听|分配|签发|推荐)|支持期|届满|即将结束|永久关闭|停止受理|(?:要|底|@)关(?:了|$|,)|就没了|用不了了|不能用了|说再见|结束(?:服务|支持|生命周期|维护|运营)|生命周期(?:终止|结束)|end of life|EOL|sunset|shut(?:ting)? ?down|deprecat|retire|decommission|discontinu|turned? off)",
    ),
    (
        "CHANGE",
        r"(?:变更|调整|更换|更改|修改|切换|迁移|替换|升级|改为|改成|改用|改造|更新|启用|搬迁|变动|换成|变化|换用|换发|换新|该换|取代|更替|收敛|改走|改名|更名|重命名|迁至|切至|切到|迁到|挪到)",
    ),
    (
        "HOST",
        r"(?:域名|IP地址|IP段|出口IP|源IP|来源IP|服务器IP|公网IP|[新旧原老]IP|(?:请求|调用|接口|访问|服务|接入|推送|网关|回调|服务器|测试|生产|正式|环境|API|网络|旧|新|原|IP|授权|授权页|登录|跳转)地址|网址|URL|SSL|TLS|HTTPS?|证书|端口|接入点|机房|DNS|host|网段|VIP|直连|SFTP|FTP|VPN|专线|IPv6|下载地址|加密套件|CNAME|CA证书|入口|中间证书)",
    ),
    (
        "AUTH",
        r"(?:密钥|秘钥|token|令牌|签名|验签|加签|加密|解密|鉴权|认证|身份验证|授权(?:体系|方式|机制|协议|模式)|app_?key|app_?secret|secret|授权码|access_?key|checkword|数字信封|OAuth|公钥|私钥|国密|SM[234]|privateKey|口令|凭证|凭据|摘要算法|摘要|md5|sha-?\d+|hmac|RSA|AES|DES\b|nonce|重放|时间戳误差|请求时间戳|时间戳校验|验证方式|签名串|盐值|JWT|授权(?:有效期|期限|到期)|重新授权|API key|session_?key|session|统一(?:认证|登录)|单点登录|身份(?:校验|识别)|权限(?:校验|控制|收紧)|绑定校验|非法请求|验权)",
    ),
    (
        "FIELD",
        r"(?:字段|参数|入参|出参|报文|状态码|错误码|返回码|响应码|操作码|节点码|事件码|原因码|类型码|码表|代码表|编码规则|枚举|返回值|返回结果|返回内容|返回规则|返回逻辑|返回信息|返回形式|推送内容|推送事件|事件类型|事件|响应体|响应结果|数据结构|数据格式|时间格式|消息格式|消息体|消息结构|回执|返回格式|报文格式|格式|轨迹状态|物流状态|运单状态|状态值|状态节点|轨迹节点|轨迹事件|轨迹描述|轨迹文案|节点|字典|取值|单号规则|运单号|单号|号段|号码规则|长度|精度|单位|字符集|字符编码|时区|时间格式|空值|空数组|null|排序|分页|数组|大小写|(?:原因|类别|类型|网点|产品|状态|异常|国标|业务|行政区划)代码|编码(?:标准|规范|体系)|对照表|(?:面单|打印)(?:模板|版式|样式)|口径|倒序|升序|默认值|小数)",
    ),
    (
        "LIMIT",
        r"(?:频率|频次|频控|限流|QPS|TPS|并发|调用次数|调用量|请求次数|请求量|上限|配额|额度|限额|次/秒|次/分|次/日|次/天|单次|批量|白名单|流控|限频|限次|阈值|条数|单号数|调用限制|访问限制|流量控制|免费量|套餐|限速|重试次数|次数|时长|保留期|保存期|查询范围|间隔|连接数|带宽|(?:请求体|报文|文件)大小|超时时间|黑名单|熔断|时段限制|访问限制|用量)",
    ),
    (
        "FEAST",
        r"(?:春节|国庆|中秋|五一|“五一”|劳动节|端午|清明|元旦|除夕|节假日|假期|长假|双节|新年|新春|过年|节日期间|十一期间|“十一”|小长假)",
    ),
    (
        "SYSTEM",
        r"(?:系统|平台|接口|服务|网络|机房|集群|消息队列|缓存|官网|门户|控制台|数据库|服务器|网关|专线|数据中心|云资源|存储|中间件|线路|推送|查询|下单|电子面单|API)",
    ),
    ("WORKS", r"(?:维护|割接|停机|检修|抢修|扩容|演练|停电|巡检|压测|停服升级|发版)"),
];

/// A pattern, what it speaks for and how loudly. Negative rows keep a kind from taking another's notice.
pub const ROWS: &[(Kind, &str, f64)] = &[
    (Retirement, r"<IFACE>.{0,20}<OFF>", 3.0),
    (Retirement, r"<OFF>.{0,16}<IFACE>", 3.0),
    (Retirement, r"(?:旧版|老版|老旧|历史版本|旧接口|老接口|原接口|老平台|老开放平台|旧平台|V1|1\.0).{0,18}<OFF>", 2.0),
    (Retirement, r"<IFACE>.{0,12}(?:关停|谢幕|停止|倒计时|生命周期)", 1.0),
    (Retirement, r"(?:旧域名|老域名|原域名|旧地址|<AUTH>).{0,10}<OFF>", 1.0),
    (Retirement, r"(?:替代接口|替代方案|迁移至新|切换至新接口|切换到新接口|迁移到新|改用新接口|使用新版接口|完成迁移)", 1.0),
    (Retirement, r"<AUTH>.{0,8}<OFF>|<OFF>.{0,6}<AUTH>", -2.5),
    (Retirement, r"(?:字段|状态码|参数|枚举|错误码|节点).{0,12}<OFF>|<OFF>.{0,6}(?:字段|状态码|参数|枚举|节点)", -3.0),
    (Retirement, r"(?:TLS|SSL|HTTPS?|端口|证书).{0,12}<OFF>", -4.0),
    (Retirement, r"(?:TLS|SSL|HTTP|域名|端口|IP|地址|证书|入口).{0,10}<OFF>|<OFF>.{0,6}(?:TLS|SSL|HTTP|端口|旧?IP)", -3.0),
    (Retirement, r"<WORKS>|故障|(?:恢复|维护|升级|割接|节|假)期间|白名单|(?:时间|日期).{0,4}另行|暂停", -2.5),
    (Retirement, r"(?:停止|不再|结束)(?:对外)?维护", 2.5),
    (Retirement, r"退出登录|重新登录|切断电源|不再返回|清理缓存|账号注销", -2.0),
    (Retirement, r"强制升级|强制更新|最低(?:支持)?版本|版本强更|(?:低于|早于).{0,16}(?:拒绝|无法|不能|报错|失败|拦截|不可用)", 3.5),
    (Retirement, r"(?:应用|账号).{0,12}(?:<OFF>|回收)|(?:<OFF>|回收).{0,8}应用|(?:合并|并入|整合).{0,12}接口", 2.5),
    (Retirement, r"(?:retir|deprecat|sunset|shut ?down|decommission|discontinu).{0,60}(?:API|version|endpoint|interface|SDK|/v\d)", 3.0),
    // In one clause, but with a day or an address between.
    (Retirement, r"<IFACE>[^,]{20,48}<OFF>", 1.5),
    (Retirement, r"<OFF>", 1.0),
    (Retirement, r"(?:使用|保留|支持|服务)(?:至|到)\s*[\d@]", 1.0),
    (HostChange, r"<HOST>", 1.0),
    (HostChange, r"<HOST>.{0,14}(?:<CHANGE>|新增|增加|扩充)", 3.0),
    (HostChange, r"(?:<CHANGE>|新增|增加).{0,8}<HOST>", 2.5),
    (HostChange, r"(?:旧|原|老|新)的?(?:域名|IP|证书|网址|地址|根证书|入口)", 2.0),
    (HostChange, r"证书.{0,12}(?:到期|过期|更换|更新|续期|续签|吊销|轮换|替换|切换|升级)", 2.0),
    (HostChange, r"(?:TLS|SSL|HTTP|端口|域名|IP).{0,14}<OFF>|<OFF>.{0,12}(?:TLS|SSL|HTTP|端口|域名)", 3.0),
    (HostChange, r"https?://|[新旧老原]网关|网关.{0,6}(?:迁移|切换|更换|搬迁)", 1.5),
    (HostChange, r"(?:由|从|将|把|地址)\s*:?\s*https?://", 4.0),
    (HostChange, r"(?:DNS|域名|不再)解析|解析(?:记录|至|到|生效)|(?:CNAME|IP段|握手|信任库|根证书|防火墙|hosts|DNS|HTTPS)", 1.0),
    (HostChange, r"(?i-u:[a-z0-9-]+\.[a-z0-9.-]+)\s*(?:→|->|=>)\s*(?:https?://)?(?i-u:[a-z0-9-]+\.[a-z0-9.-]+)", 5.0),
    (
        HostChange,
        r"(?:改用|改调|改走|换成|切到|切换到|切换至|请用|请使用)\s*:?\s*(?:https?://)?[a-z0-9-]+(?:\.[a-z0-9-]+){2,}|\d+\.\d+\.\d+\.\d+[^.]{0,12}(?:<CHANGE>|<OFF>)",
        3.0,
    ),
    (HostChange, r"套件.{0,12}<OFF>|<OFF>.{0,12}套件|(?:域名|网关|入口).{0,8}(?:收口|合并|归并|统一)", 3.0),
    (HostChange, r"(?:端口|port).{0,12}(?:由|从|改|换|调整|监听)|加入信任|放行|放通", 2.0),
    (
        HostChange,
        r"(?:domain|endpoint|certificate|hostname|IP address|gateway).{0,50}(?:chang|migrat|switch|replac|renew|rotat|expire|move)|(?:chang|migrat|switch|replac|renew|rotat|mov).{0,50}(?:domain|endpoint|certificate|hostname|IP address)",
        4.0,
    ),
    (HostChange, r"白名单(?:校验|机制|管理|管控|功能|限制)|启用.{0,6}白名单|登记", -3.0),
    (HostChange, r"来源IP校验|校验来源IP|上报IP|报备", -3.0),
    (AuthChange, r"<AUTH>", 1.0),
    (AuthChange, r"<AUTH>.{0,16}(?:<CHANGE>|新增|增加|规则|强制|加强|要求|只认|上线|启动|实施|增强|加固)", 3.0),
    (AuthChange, r"(?:<CHANGE>|新增|增加|采用|强制|携带|引入|统一使用|只认|增强|加强|加固|开启).{0,12}<AUTH>", 3.0),
    (AuthChange, r"<AUTH>.{0,12}(?:<OFF>|重置|轮换|过期|有效期|作废|失效|泄露|吊销|回收|到期|定期|冻结|换)", 3.0),
    (AuthChange, r"<OFF>.{0,10}<AUTH>|(?:重置|轮换|缩短).{0,8}<AUTH>", 2.0),
    (AuthChange, r"鉴权失败|验签失败|签名错误|签名校验|认证失败|解密失败|无法解密|401", 1.0),
    (AuthChange, r"(?:授权|授权页|登录|跳转)地址", -3.0),
    (AuthChange, r"重放|时间戳.{0,4}(?:误差|校验)|校验.{0,6}时间戳", 2.0),
    (FieldChange, r"重放|时间戳.{0,4}(?:误差|校验)|校验.{0,6}时间戳", -4.0),
    (AuthChange, r"(?:鉴权|认证|验签)失败(?:码|时返回)", -6.0),
    (AuthChange, r"证书|TLS|SSL|握手", -1.5),
    (AuthChange, r"加密套件|加密算法套件|cipher", -4.0),
    (AuthChange, r"请求头.{0,6}(?:带|加|传|增加|新增)|(?:授权|登录|认证).{0,10}(?:<CHANGE>|失效)", 2.0),
    (
        AuthChange,
        r"(?:signature|signing|secret|api key|token|auth).{0,50}(?:chang|upgrad|switch|replac|rotat|expire|migrat|require)|(?:chang|upgrad|switch|replac|rotat|migrat).{0,50}(?:signature|signing|secret|api key|token|auth)",
        3.0,
    ),
    (AuthChange, r"返回.{0,24}(?:密文|加密)|解密后|密文", 2.0),
    (AuthChange, r"(?:个人|实名|企业|资质|开发者|用户)认证|认证(?:资料|材料|中心|企业)", -3.0),
    (FieldChange, r"<FIELD>", 1.0),
    (FieldChange, r"状态.{0,12}(?:拆分|新增|细分|细化|合并|调整|变更|取消|扩充|增加)|(?:拆分|新增|细分|细化|合并|增加).{0,10}状态", 3.0),
    (FieldChange, r"(?:返回码|错误码|状态码|响应码|字段名?).{0,4}由|失败码", 4.0),
    (FieldChange, r"编码.{0,10}(?:对应|改为|调整|新增|变更|\d{2,})|兼容", 1.5),
    (FieldChange, r"(?:调整|变更|修改)[前后]\s*:", 1.0),
    (
        FieldChange,
        r"<FIELD>.{0,16}(?:<CHANGE>|新增|增加|扩充|删除|移除|拆分|合并|细化|细分|统一|规范|废弃|扩展|优化|取消|扩容|延长|说明|变长|脱敏)",
        3.0,
    ),
    (FieldChange, r"(?:<CHANGE>|新增|增加|删除|移除|拆分|合并|细化|规范|废弃|扩展|补充|取消|优化|投放).{0,12}<FIELD>", 3.0),
    (
        FieldChange,
        r"必填|必传|选填|非必填|可选字段|字段类型|映射表|映射关系|枚举值|数据类型|时间戳|字符串|整型|脱敏|正则|码表|UTF-?8|GBK|ISO ?8601",
        2.0,
    ),
    (FieldChange, r"(?-i:[a-z]+[A-Z][A-Za-z]+).{0,20}(?:<CHANGE>|不再返回|返回|新增|新加|置空|必填|必传|类型|删除|去掉)", 2.0),
    (FieldChange, r"由.{1,14}(?:改成|改为|变成|变为|调整为).{0,8}(?:大写|小写|数字|字母|文本|布尔|对象|数组|列表|浮点|整数)", 2.0),
    (FieldChange, r"(?:及以下|以下|低于|旧)版?本?.{0,12}(?:兼容|适配)|停止(?:兼容|适配)", -3.0),
    (FieldChange, r"返回(?:空|null)|形式(?:展示|返回|输出)|展示为|置空", 2.0),
    (FieldChange, r"改为(?:必填|必传|选填)|(?:必填|必传|选填).{0,12}(?-i:[a-z]+[A-Z][A-Za-z]+)", 2.0),
    (FieldChange, r"必须(?:标明|传|填|提供|携带|包含)|(?:未|不|漏|乱|错)(?:传|填).{0,10}(?:拒|报错|返回|失败|不予)", 2.0),
    (
        FieldChange,
        r"(?:field|parameter|status code|enum|payload|response format).{0,50}(?:add|remov|renam|chang|required|deprecat|split)|(?:add|remov|renam|chang|new|split).{0,40}(?:field|parameter|status code|enum|payload)",
        3.0,
    ),
    (FieldChange, r"拆(?:分)?(?:成|为|出).{0,8}(?:码|状态|节点|\d)|(?:新增|增加|多了|加了?).{0,6}个(?:码|状态|节点|字段|参数)", 3.0),
    (FieldChange, r"(?:统一|均|都|固定)?返回\s*[A-Z]?\d{2,5}\b", 1.0),
    (
        FieldChange,
        r"(?:手机号?|电话|姓名|地址|证件|品名|重量|参数|入参|格式|长度).{0,10}(?:校验|验证)|校验规则|(?:不合规|不符合|不合法|格式错误).{0,8}(?:报错|拒|返回|失败)",
        2.5,
    ),
    (FieldChange, r"(?:返回|响应|请求|推送|回执|回调|查询)(?:报文|结果|数据|参数|格式|内容|体)", 1.0),
    (FieldChange, r"(?:V\d[\d.]*|\d\.\d|新版(?:接口|API|SDK|协议|报文|文档|轨迹)|版本).{0,12}(?:发布|上线|升级|更新)", 1.5),
    (FieldChange, r"(?:接口|API|SDK|文档).{0,8}(?:升级|改版|改造|更新|变更|优化)", 1.0),
    (FieldChange, r"(?:<AUTH>).{0,6}字段|字段.{0,6}<AUTH>|新增.{0,4}<AUTH>", -5.0),
    (FieldChange, r"加密|签名|密钥|白名单|验签|QPS|限流|频率|频次|上限|额度|<HOST>", -1.5),
    (LimitChange, r"<LIMIT>", 1.0),
    (LimitChange, r"(?:订阅|推送|调用|接口|API|查询|单量).{0,30}(?:计费|收费|付费|免费)", 2.0),
    (LimitChange, r"商业化|阶梯.{0,4}(?:计费|收费)|按.{0,6}(?:次|量|条).{0,4}(?:计费|收费|付费)|免费(?:试用|额度|调用)|预充值|欠费", 2.0),
    (
        LimitChange,
        r"(?:接口|API|调用).{0,6}(?:行为|规范|管控|治理)|重复查询|恶意调用|滥用|频繁(?:调用|请求|查询|轮询)|防刷|异常调用|超量",
        2.5,
    ),
    (LimitChange, r"(?:校验|限制|核验).{0,4}(?:来源|出口|调用方)?IP|IP.{0,4}(?:校验|限制|核验|准入)|不在白名单|白名单(?:内|外)", 3.0),
    (
        LimitChange,
        r"<LIMIT>.{0,20}(?:<CHANGE>|下调|上调|调低|调高|放宽|扩大|减半|翻倍|降为|降到|限为|提升|提高|降低|降至|收紧|缩减|缩短|延长|减少|限制|控制|策略|规则|管控|说明|不得|不超过|最高|最大|最多|治理)",
        3.0,
    ),
    (LimitChange, r"(?:<CHANGE>|下调|上调|提升|提高|降低|收紧|缩减|限制|控制|实行|实施|新增|引入|启用|优化).{0,14}<LIMIT>", 3.0),
    (LimitChange, r"白名单(?:校验|机制|管理|管控|功能|限制|制度)|未(?:登记|报备|加入|备案).{0,8}(?:IP|白名单)", 3.0),
    (LimitChange, r"(?:接口|API|调用|查询).{0,24}(?:计费|收费|按次|按量|免费额度|付费|资费)", 3.0),
    (LimitChange, r"(?:计费|收费|资费).{0,12}(?:接口|API|调用)", 2.0),
    (LimitChange, r"(?:每次|单次|每批|一次|单批|每个请求).{0,12}(?:最多|上限|不超过|不得超过|可传|可查|限)", 3.0),
    (LimitChange, r"(?:最多|不超过|不得超过|限制为|超过|超出).{0,10}\d+(?:个|次|条|单|票)", 1.5),
    (LimitChange, r"(?:只|仅|最多|最长|可).{0,2}(?:支持|保留|提供|留|查|返回|存|回溯).{0,8}\d+\s*(?:天|日|个月|年)", 3.5),
    (LimitChange, r"(?:轨迹|数据|记录|日志|订单).{0,8}(?:只|仅)(?:保)?留", 2.0),
    (
        LimitChange,
        r"(?:时段|时间段|下载|访问|调用|请求|查询|下单|频率|次数|数量|大小|容量|并发).{0,4}限制|每(?:小时|分钟|秒|日|天)限\d+|仅(?:在|限)?.{0,16}开放",
        3.0,
    ),
    (LimitChange, r"失败.{0,6}(?:超过|达到?)\d+次|成功率低于|停推规则|熔断规则|有偿|rate limit|quota|requests per", 3.0),
    (LimitChange, r"(?:IP|应用).{0,8}(?:报备|备案|登记)|(?:报备|备案|登记).{0,10}IP", 3.0),
    (LimitChange, r"(?:链接|文件|图片|缓存|日志).{0,10}(?:有效期|有效时间|保存期).{0,8}(?:<CHANGE>|缩短|延长|由)", 3.0),
    (LimitChange, r"限制(?:其)?(?:调用|访问|查询)", 1.5),
    (LimitChange, r"QPS|限流|限频|流控|超限|超频|每(?:秒|分钟|小时|日|天|账号|单).{0,10}\d+次|\d+次/|429|高频|轮询", 2.0),
    (LimitChange, r"(?:新|原|旧)IP|切换时间|证书", -1.5),
    (Outage, r"<WORKS>|失败|系统繁忙|异常|排查|暂停|中断|停止服务", 1.0),
    (Outage, r"(?:接口|服务|系统|平台|查询|推送|下单|取号|登录|请求|轨迹|面单).{0,10}(?:失败|报错|异常|故障|系统繁忙|大面积)", 2.0),
    (Outage, r"正在.{0,6}(?:处理|抢修|排查|恢复|修复)|恢复时间", 1.5),
    (Outage, r"(?:停止|不再|结束)(?:对外)?维护|(?:开发|负责|日常|持续).{0,4}维护", -5.0),
    (Outage, r"成功率低于|自动暂停|停推规则|超时(?:时间|时长|阈值)|超时(?:由|从)", -3.0),
    (Outage, r"(?:maintenance|downtime|outage|unavailable|interrupt)|50[0234]\b|打不开|登录不上|卡顿|崩溃", 2.5),
    (Outage, r"失败(?:后|时|重试|重推|码)|重试次数|鉴权失败", -4.0),
    (Outage, r"零故障|无故障|(?:不在|未|否则|低版本|旧).{0,24}(?:无法|失败|返回)", -3.0),
    (Outage, r"<SYSTEM>.{0,12}<WORKS>", 4.0),
    (Outage, r"<WORKS>.{0,10}(?:通知|公告|期间|时间|窗口|完成|提醒|预告|发布)", 3.0),
    (
        Outage,
        r"(?:接口|服务|系统|平台|查询|推送|下单|功能|轨迹|网络|面单|请求).{0,24}(?:不可用|无法(?:访问|使用|调用|查询|正常|打印|下单|登录|获取|接收|同步|取号)|时延|滞后|暂停(?:服务|使用|访问|对外|调用|提供)?|中断|超时|异常|延迟|延时|报错|缓慢|变慢|波动|抖动|闪断|不稳定)",
        2.5,
    ),
    (Outage, r"(?:维护|升级|割接|停机|影响|实施|操作|中断|变更)(?:时间|窗口|时段|范围)|(?:维护|升级|割接|停机)期间", 3.0),
    (Outage, r"故障|宕机|机房断电|光缆|抢修|积压", 3.0),
    (Outage, r"(?:系统|平台|数据库|服务器|机房|网络|核心).{0,6}(?:升级|迁移|切换|扩容|发布)", 2.0),
    (Outage, r"(?:登录|认证|授权|域名|协议|版本|地址).{0,4}(?:切换|迁移)", -2.0),
    (Outage, r"恢复(?:正常|服务|使用|访问)?|补推|敬请谅解|给您带来不便|短暂|闪断|瞬断|停机|重试", 1.0),
    (Outage, r"接口(?:正常|不受影响|服务不受)|能力升级|服务升级|会员|正常使用|已恢复正常作息", -2.0),
    (
        Holiday,
        r"<FEAST>.{0,18}(?:放假|休假|服务|安排|值班|作息|客服|时效|收派|停发|技术支持|上班|营业|运营|保障|通知|公告|揽收|派送|寄递|对接支持|支持时间|响应|工单)",
        4.0,
    ),
    (Holiday, r"<FEAST>", 0.5),
    (Holiday, r"放假|停止收件|停收|停派|调休|轮休|(?:恢复|正常).{0,4}(?:收寄|派送|作息|上班|工作|办公|揽收|营运)|节后|值班|值守", 2.0),
    (Holiday, r"(?:春节|国庆|中秋|五一|劳动节|端午|清明|元旦|除夕|假期|节日|长假)期间|放假(?:时间|安排|通知)|为.{0,4}假期", 2.0),
    (Holiday, r"服务费|加收|时效承诺", -5.0),
    (Holiday, r"<WORKS>|故障|停机|割接", -2.0),
];

/// Words of posts nobody has to act on; each sentence that holds one takes its weight from every kind.
pub const NOISE: &[(&str, f64)] = &[
    (
        r"优惠|立减|满减|折扣|\d折|促销|红包|抽奖|好礼|礼包|礼品|福利|秒杀|特惠|钜惠|赠送|再赠|免单|券|会员日|限时(?:开启|抢|优惠|特惠|免费|活动)",
        2.5,
    ),
    (r"招聘|校招|热招|诚聘|急聘|招募|招兵|内推|经验者优先|你将负责|岗位|简历|应聘|应届|薪资|实习生|人才|offer|任职要求|职位|加入我们", 3.0),
    (r"荣获|获奖|颁奖|奖项|殊荣|荣誉|表彰|入选|上榜|斩获|榜单|被授予|摘得|蝉联|脱颖而出|[金银铜]奖|奖$|喜报|奖金", 3.0),
    (r"同比|环比|发展指数|指数报告|报告显示|营收|净利润|财报|市场份额|创新高|突破.{0,8}亿", 2.5),
    (r"业务量|行业", 1.0),
    (r"庆祝|庆功|历时|顺利(?:切换|上线|完成|收官|投产)|成功(?:上线|举办|投产)|圆满|里程碑|周年|全程零|项目组", 2.5),
    (r"运力|包机|架次|干线|车辆|货车|班列|海外仓|日处理能力|单量高峰|业务高峰|智能仓|仓配|冷链", 2.0),
    (r"停车|园区|门禁|食堂|班车|电梯|消防|公众号.{0,4}迁移|粉丝", 2.5),
    (r"评选|申报|攻略|指南|月活|突破.{0,4}万", 1.5),
    (r"守护|致敬|坚守|保驾护航|护航", 2.5),
    (r"视频号|公众号|带你走进|一起来看|走近|灯火通明|背后|每一(?:票|件|单|次)", 1.5),
    (r"(?:成本|效率|时效|响应时间|准确率|体验).{0,8}(?:下降|降低|提升|提高|缩短)了?约?\d+", 1.5),
    (r"沙龙|论坛|峰会|大会|报名|分享会|直播|讲师|训练营|公开课|专题|嘉宾|研讨|培训班|课程|大赛|开赛|马拉松|展会|展台|参展", 2.5),
    (r"公益|志愿者|捐|爱心|助学|扶贫|乡村振兴|助农", 3.0),
    (r"诈骗|骗子|不法分子|反诈|谨防", 3.0),
    (r"战略合作|达成.{0,12}合作|深化合作|签约仪式|携手|强强联合|发布会|品牌升级|焕新|揭牌|启用仪式|落成|开业|首飞|融资|上市", 2.5),
    (
        r"燃油附加费|(?:运费|首重|续重).{0,8}(?:调整|上涨|下调|元|优惠)|元/公斤|元/千克|价格|涨价|降价|派费|资源调节费|旺季附加|保价|费率|赔付|理赔标准|禁寄",
        2.5,
    ),
    (r"产品上线|新品|覆盖城市|当日达|次日达|限时达|时效产品|尊享|管家服务|会员(?:等级|升级|权益)|爆单|解锁|上新|应用商店|全新首页", 2.5),
    (
        r"小哥|快递员.{0,6}(?:感动|故事|表扬)|奋斗|初心|匠心|媒体|记者|新闻|采访|专访|访谈|谈到|慰问|总书记|党委|党建|工会|坚守|座谈会|调研|走访|考察|表示",
        2.0,
    ),
    (r"招标|投标|采购项目|中标|开标|竞标|比选|询价|供应商征集", 3.0),
    (r"枢纽|转运中心|分拨中心|分拣|航线|货机|无人机|无人车|占地|产业园|加盟|网点老板", 1.5),
    (r"隐私政策|用户协议|服务条款|个人信息收集", 2.5),
    (r"技术解读|揭秘|架构演进|洪峰|深度解析|一文读懂|案例分享|背后的", 3.0),
    (r"电子发票|发票管理|操作路径|功能上线|问卷|满意度|国家标准|标准解读", 2.0),
    (r"小程序.{0,8}(?:升级|上线|新版|焕新)|新版小程序|体验新版|界面", 2.0),
    (r"专利|通过.{0,12}认证|好评|易燃|寄递指南|贴士", 2.5),
    (r"加收|每票|元/件|元/票|服务费|上浮", 3.5),
    (r"一图看懂|一图读懂|一路同行|感谢一路|白皮书|积分|工服|服装|形象|邮寄地址|新址|办公", 2.0),
    (r"大模型|人工智能|助力|降本增效|赋能|诚邀|邀请函|莅临|矩阵|答谢|未来将", 1.5),
    (r"台风|暴雨|暴雪|寒潮|高温|洪涝|道路管制|交通管制", 2.0),
    (r"不打烊|年货|新春佳节|618|狂欢|购物节|女神节|情人节|寄件更|省心", 1.0),
];

/// Words only those use who call interfaces.
pub const TERMS: &[&str] = &[
    "接口|API",
    "开放平台|开发者|ISV|接入方|调用方",
    "对接|联调|沙箱|接入",
    "调用|请求",
    "报文|字段|参数",
    "密钥|秘钥|Secret|token|appkey",
    "签名|验签|加密|鉴权|OAuth|MD5|SHA-?\\d|算法",
    "回调|推送|订阅",
    "网关|域名|DNS|HTTPS",
    "证书|TLS|SSL",
    "SDK|控制台|工单",
    "白名单|IP|端口|SFTP|专线",
    "QPS|限流|流控|频率|频次|429|批量|单次|配额|额度",
    "状态码|错误码|返回码|枚举|码表|节点|状态|编码|单号",
    "电子面单|取号|号段",
    "轨迹|查询",
    "返回\\s*[A-Z]?\\d{2,}|发版|生产环境|灰度",
    "(?-i:[A-Z]+(?:_[A-Z0-9]+)+|[a-z]+[A-Z][A-Za-z]+)",
    "商家|协议客户|服务商",
    "版本",
];

/// Who may be told of an outage.
///
/// 服务 alone does not count: collection and delivery are services too.
pub const SYSTEM_READERS: &str =
    r"(?:接口|API|平台|系统|查询|下单|推送|面单|机房|网络|数据库|网关|服务器|官网|轨迹|数据|线上|gateway|service)";

/// Without one of these, 维护 and 升级 are what somebody does for a living.
pub const OUTAGE_PROOF: &str = r"(?i)maintenance|unavailable|downtime|outage|不可用|无法|不能|中断|暂停|超时|异常|延迟|延时|时延|滞后|失败|停机|割接|故障|闪断|恢复|缓慢|变慢|压测|报错|繁忙|停止服务|(?:维护|升级|发布|切换|检修)(?:期间|时间|公告|通知|窗口|提醒|预告|时段|说明|的公告|的通知|$)";

/// Without one of these, a feast is only a season.
pub const HOLIDAY_PROOF: &str = r"放假|休假|休息|期间|安排|值班|值守|作息|停收|停派|调休|假期|服务(?:公告|时间|通知)|工作时间|运营公告";

/// A holiday has a name; a stop of collection without one has another cause, such as the weather.
pub const HOLIDAY_NAMES: &str = r"<FEAST>|放假|休假|调休|假日";

/// Who may be told of a holiday: customers too, for collection and delivery stop as well.
pub const HOLIDAY_READERS: &str =
    r"(?:服务|收派|揽收|派送|寄递|客服|接口|平台|技术支持|值班|工单|审核|业务|网点|作息|放假|时效|运营|营业|上班|值守|支持)";
