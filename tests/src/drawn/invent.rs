//! Rows of a track nobody sent.

/// What the carriers of these tables say; `{}` is a place.
pub const PHRASES: [&str; 24] = [
    "【{}】已揽收",
    "【{}】已发出",
    "快件已到达【{}】",
    "快件离开【{}】,已发往【{}】",
    "【{}】正在派件",
    "快件正在派送中，请您准备签收",
    "您的快件已签收，签收人：本人",
    "您的快件已存放至驿站，请及时取件",
    "已签收",
    "派送中",
    "运输中",
    "待取件",
    "快件已退回",
    "客户拒收，快件退回中",
    "商家已发货",
    "包裹正在等待揽收",
    "快件已放入快递柜，请及时取件",
    "您的订单已由快递员揽收",
    "快件已交给【{}】代收，请凭取件码取件",
    "海关放行，快件已进入国内运输",
    "因天气原因，快件延误，敬请谅解",
    "收件人地址不详，正在联系收件人",
    "电话无人接听，将再次派送",
    "快件在【{}】装车，准备发往下一站",
];

const CITIES: &str = include_str!("../../../host/src/fetch/ocr/cities.txt");
const SITES: [&str; 6] = ["转运中心", "分拨中心", "营业部", "集散点", "航空枢纽", "分公司"];
const NUMBERS: [&str; 5] = ["SF[0-9]{13}", "YT[0-9]{13}", "DPK[0-9]{12}", "7[0-9]{13}", "[0-9]{12}"];

/// SplitMix64: the same everywhere and for ever.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % u64::from(bound)) as u32
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(u32::try_from(of.len()).expect("a short list")) as usize]
    }
}

/// The pattern of a carrier's waybills: capitals, then so many digits.
pub fn number_pattern(dice: &mut Dice) -> &'static str {
    dice.one_of(&NUMBERS)
}

/// What is drawn, and what it says.
pub struct Row {
    number: String,
    time: (String, String),
    city: (String, String),
    status: (String, String),
}

impl Row {
    pub fn invent(dice: &mut Dice, number: &str) -> Self {
        let (prefix, digits) = number.split_once("[0-9]{").expect("a prefix and digits");
        let digits: u32 = digits.trim_end_matches('}').parse().expect("a count");
        let number = (0..digits).fold(prefix.to_owned(), |number, _| number + &dice.below(10).to_string());
        Self { number, time: time(dice), city: city(dice), status: status(dice) }
    }

    pub fn fields(self) -> [(String, String); 4] {
        [(self.number.clone(), self.number), self.time, self.city, self.status]
    }
}

fn time(dice: &mut Dice) -> (String, String) {
    let [year, month, day] = [2024 + dice.below(4), 1 + dice.below(12), 1 + dice.below(28)];
    let [hour, minute, second] = [dice.below(24), dice.below(60), dice.below(60)];
    let says = format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}");
    match dice.below(8) {
        0 => (format!("{year}年{month:02}月{day:02}日 {hour:02}:{minute:02}"), says),
        1 => (format!("{month:02}-{day:02} {hour:02}:{minute:02}"), says[5..].to_owned()),
        2 => (format!("{year}/{month:02}/{day:02} {hour:02}:{minute:02}"), says),
        _ => (format!("{says}:{second:02}"), format!("{says}:{second:02}")),
    }
}

fn name(dice: &mut Dice) -> &'static str {
    let names: Vec<&str> = CITIES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
    dice.one_of(&names)
}

fn city(dice: &mut Dice) -> (String, String) {
    let name = name(dice);
    let level = dice.one_of(&["", "市"]);
    (format!("{name}{level}"), name.to_owned())
}

fn status(dice: &mut Dice) -> (String, String) {
    let mut status = dice.one_of(&PHRASES).to_owned();
    while status.contains("{}") {
        let place = format!("{}{}", name(dice), dice.one_of(&SITES));
        status = status.replacen("{}", &place, 1);
    }
    (status.clone(), status)
}
