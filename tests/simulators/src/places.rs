//! Where parcels travel: real cities, invented depots and people.

#[derive(Debug)]
pub struct City {
    /// `上海市`
    pub name: &'static str,
    /// `上海`
    pub short: &'static str,
    pub province: &'static str,
    pub district: &'static str,
    /// The invented neighbourhood of the outlet.
    pub quarter: &'static str,
    pub area: &'static str,
}

const fn city([name, short, province]: [&'static str; 3], [district, quarter, area]: [&'static str; 3]) -> City {
    City { name, short, province, district, quarter, area }
}

/// A prime number of cities: any stride through them meets none twice.
pub static CITIES: [City; 13] = [
    city(["上海市", "上海", "上海"], ["青浦区", "云栖桥", "021"]),
    city(["深圳市", "深圳", "广东省"], ["龙岗区", "榕树湾", "0755"]),
    city(["杭州市", "杭州", "浙江省"], ["萧山区", "茶亭里", "0571"]),
    city(["郑州市", "郑州", "河南省"], ["管城区", "槐花街", "0371"]),
    city(["武汉市", "武汉", "湖北省"], ["江夏区", "鹤鸣湖", "027"]),
    city(["成都市", "成都", "四川省"], ["郫都区", "竹影路", "028"]),
    city(["西安市", "西安", "陕西省"], ["雁塔区", "石榴坊", "029"]),
    city(["沈阳市", "沈阳", "辽宁省"], ["浑南区", "松风里", "024"]),
    city(["广州市", "广州", "广东省"], ["黄埔区", "木棉渡", "020"]),
    city(["南京市", "南京", "江苏省"], ["栖霞区", "雨花台阶", "025"]),
    city(["长沙市", "长沙", "湖南省"], ["岳麓区", "橘洲巷", "0731"]),
    city(["青岛市", "青岛", "山东省"], ["城阳区", "听潮湾", "0532"]),
    city(["昆明市", "昆明", "云南省"], ["呈贡区", "滇池月", "0871"]),
];

pub static COURIERS: [&str; 6] = ["赵**", "钱*", "孙**", "周*", "吴**", "郑*"];
pub static SIGNERS: [&str; 6] = ["本人", "家人", "门卫", "赵**", "家门口", "拍照签收"];
