//! The words by which a name is told from a place or a role.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Surnames of one character.
pub const SURNAMES: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐\
费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭\
梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄麴家封芮羿储靳汲邴糜松井段富巫乌焦巴弓\
牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑\
桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧利师巩厍聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰巢关蒯相查\
后荆红游竺权逯盖益桓公付肖闫覃邸佟岳帅缑亢况亓仉乜佴谯笪禚眭佘苻冼邝揭仝仲盘蔚原苑粟凡修占丛";

/// Surnames of two.
pub const LONG_SURNAMES: [&str; 22] = [
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "司徒", "端木", "独孤", "南宫", "东方",
    "西门", "轩辕", "百里", "呼延", "闻人",
];

/// Whoever has to do with a parcel and is nobody in particular; what makes a firm or a step of it.
const NOBODY: &str = "本人 家人 门卫 保安 前台 代收 代签 同事 朋友 邻居 物业 亲友 亲戚 家属 父母 爸爸 妈妈 父亲 母亲 丈夫 妻子 老公 老婆 儿子 女儿 室友 房东 \
秘书 助理 老板 经理 领导 店家 商家 卖家 买家 客户 用户 顾客 他人 其他 别人 单位 公司 学校 医院 银行 酒店 宾馆 超市 便利 驿站 菜鸟 丰巢 兔喜 快递 物流 速递 速运 邮政 \
自提 自取 快件 邮件 包裹 货物 签收 收件 寄件 派件 派送 揽收 揽件 投递 取件 取货 拒收 退回 转运 分拨 网点 营业 分部 中心 集散 合作 门店 收发 传达 值班 \
门口 家门 门外 信箱 信报 奶箱 电表 楼下 楼道 物品 美宜佳 云柜 蜂站 喵站 仓储 仓库";

/// How wording goes on after a role: never the beginning of a name.
const NO_STARTS: &str = "某 原因 时间 状态 地址 电话 手机 单号 号码 编号 类型 信息 姓名 名称 备注 系统 自动 暂无 未知 无人 匿名 拍照 图片 照片 凭证 安排 高峰 任务 单独 方便 计划 成功 \
常规 全程 全部 全家 平均 应该 应您 白天 明日 明天 今日 今天 严格 解决 路上 路线 连续 连同 关于 安全 温馨 平安 通知 相关 相应 有关 和您 向您 于今 于明 与您 从您 须知 国内 国际 广告 公共 \
公安 公寓 家中 家里 时效 时段 别墅 双方 单元 能否 空闲 任何 支持 项目 施工 计件 成员 都已 都在 经办 经由 经过 终端 罗森 邻里 生活 代理 指定 操作 异常 正常";

/// How places and firms end.
const ENDS: &str = "站 点 店 柜 部 局 所 室 处 场 厅 库 院 厂 市 区 县 镇 乡 街 号 员 人 者 省 校 司 层 先生 女士 小姐 师傅";

/// The same, but a short run may be a name that ends so.
const LONG_ENDS: &str = "路 园 楼 栋 座 仓 村 组 队 港 行 方 代 集团 商贸 机场 大厦 广场 花园";

/// What follows a name that is not set off.
const STOPS: &str = "正 已 将 为 准备 负责 取消 派 送 揽 取 签 收 投 扫 打 致 登 的 电话 手机 联系 先生 女士 小姐 师傅 从 在 到 把 与 因 即将 完成 提醒 开始 进行 通知 再 请 \
给 您 未 无法 不 并 安排 携 驾驶 操作 拒 代 领 提 录 上门 上报 发往 发出 发 前往 会 及 或 是 办理 转 退 服务 竭诚 接 称 通过 按 了 于 第 由 无 当 暂 处理 查 联 打包 装 卸 出 入";

/// Cities that carriers name without 市; a person of such a name is not looked for.
const CITIES: &str = "北京 上海 天津 重庆 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 \
通辽 鄂尔多斯 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 吉林 四平 辽源 通化 白山 松原 白城 延边 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 \
伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 合肥 \
芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 \
抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 \
周口 驻马店 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西 广州 韶关 深圳 珠海 \
汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 三沙 儋州 \
成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水 遵义 安顺 毕节 铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 大理 \
拉萨 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 西宁 海东 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 \
香港 澳门 台北 河北 山西 辽宁 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 内蒙古 黑龙江";

/// Invented surnames and given names: known as stand-ins when they are seen again.
pub const OUR_SURNAMES: &str = "亓仉乜厍佴郏宓麴璩逯蒯隗昝眭郗禚缑亢笪谯郜逄暨苻晁邴";
pub const OUR_GIVEN: &str = "珏琪瑄玥璟瑜骁煜炜昱晗沐汐岚峤崧屿榕梓楠栩翊翎鸢鹭霁霏雯霖珂澍筠";

/// The same for names in Latin letters.
pub const OUR_LATIN: [&str; 24] = [
    "Avelun", "Borvik", "Cendra", "Dovrin", "Elquor", "Fanwyth", "Gorlen", "Hespra", "Ivondel", "Jorvany", "Kelthor", "Lurimar", "Mirvane",
    "Nolvic", "Ostrava", "Pelwin", "Quorlin", "Rendova", "Sylvarn", "Torquil", "Umbrel", "Vantor", "Wrenlow", "Zanvori",
];

/// Latin words that are no names.
pub const NO_LATIN: [&str; 26] = [
    "self",
    "family",
    "guard",
    "front",
    "desk",
    "system",
    "admin",
    "auto",
    "null",
    "none",
    "unknown",
    "other",
    "others",
    "neighbor",
    "neighbour",
    "colleague",
    "reception",
    "customer",
    "receiver",
    "sender",
    "locker",
    "station",
    "true",
    "false",
    "demo",
    "express",
];

/// A few characters that are words by themselves.
const ALONE: &str = "男女是否无空有已未";

static NOT: LazyLock<Vec<&str>> = LazyLock::new(|| NOBODY.split_whitespace().collect());
static STARTS: LazyLock<Vec<&str>> = LazyLock::new(|| NO_STARTS.split_whitespace().collect());
static END: LazyLock<Vec<&str>> = LazyLock::new(|| ENDS.split_whitespace().collect());
static LONG_END: LazyLock<Vec<&str>> = LazyLock::new(|| LONG_ENDS.split_whitespace().collect());
static STOP: LazyLock<Vec<&str>> = LazyLock::new(|| STOPS.split_whitespace().collect());
static CITY: LazyLock<BTreeSet<&str>> = LazyLock::new(|| CITIES.split_whitespace().collect());

/// Nobody in particular, a firm or a place.
pub fn is_nobody(run: &str) -> bool {
    let length = run.chars().count();
    let ends = |words: &[&str]| words.iter().any(|end| run.ends_with(end));
    NOT.iter().any(|word| run.contains(word))
        || STARTS.iter().any(|word| run.starts_with(word))
        || (length == 1 && ALONE.contains(run))
        || (length > 1 && ends(&END))
        || (length > 3 && ends(&LONG_END))
}

/// The role at the beginning: `朋友代签` of `朋友代签张三`.
pub fn role(run: &str) -> &str {
    let first = NOT.iter().find(|word| run.starts_with(**word)).map_or(0, |word| word.len());
    let more = if first == 0 { 0 } else { role(&run[first..]).len() };
    let small = ["收", "的", "是"].iter().find(|c| first > 0 && run[first..].starts_with(**c)).map_or(0, |c| c.len());
    &run[..first + more.max(small)]
}

pub fn stops_at(rest: &str) -> bool {
    rest.is_empty() || STOP.iter().any(|stop| rest.starts_with(stop))
}

pub fn is_city(run: &str) -> bool {
    CITY.contains(run)
}

/// The city or province at the beginning.
pub fn city(run: &str) -> &str {
    CITY.iter().filter(|city| run.starts_with(**city)).max_by_key(|city| city.len()).copied().unwrap_or_default()
}
