//! A place in a sentence, and the smallest things read from it.

/// Moves only forward on success: every reader puts it back where it stood when it reads nothing.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    pub letters: &'a [char],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(letters: &'a [char], at: usize) -> Self {
        Self { letters, at }
    }

    pub fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    pub fn before(&self) -> Option<char> {
        self.at.checked_sub(1).map(|at| self.letters[at])
    }

    /// The text just before, at most `letters` long.
    pub fn behind(&self, letters: usize) -> String {
        self.letters[self.at.saturating_sub(letters)..self.at].iter().collect()
    }

    pub fn skip_blanks(&mut self) {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
    }

    pub fn word(&mut self, word: &str) -> bool {
        let mut at = self.at;
        for letter in word.chars() {
            if self.letters.get(at) != Some(&letter) {
                return false;
            }
            at += 1;
        }
        self.at = at;
        true
    }

    /// The first of the words that stands here. Longer words must come first.
    pub fn one_of(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().copied().find(|word| self.word(word))
    }

    /// Up to `most` digits, or a Chinese numeral. Blanks around it belong to it: editors put them there.
    pub fn number(&mut self, most: usize) -> Option<u32> {
        let start = self.at;
        self.skip_blanks();
        let read = self.digits(most).or_else(|| self.numeral());
        if read.is_none() {
            self.at = start;
        } else if self.letters.get(self.at) == Some(&' ') && self.letters.get(self.at + 1).is_some_and(|next| is_unit(*next)) {
            self.at += 1;
        }
        read
    }

    fn digits(&mut self, most: usize) -> Option<u32> {
        let run = self.letters[self.at..].iter().take_while(|letter| letter.is_ascii_digit()).count();
        if run == 0 || run > most {
            return None;
        }
        let value = self.letters[self.at..self.at + run].iter().fold(0, |sum, letter| sum * 10 + letter.to_digit(10).unwrap_or(0));
        self.at += run;
        Some(value)
    }

    fn numeral(&mut self) -> Option<u32> {
        let run = self.letters[self.at..].iter().take_while(|letter| is_numeral(**letter)).count();
        if run == 0 || run > 4 {
            return None;
        }
        let value = value_of(&self.letters[self.at..self.at + run])?;
        self.at += run;
        Some(value)
    }
}

fn is_unit(letter: char) -> bool {
    matches!(letter, '年' | '月' | '日' | '号' | '时' | '点' | '分' | '个' | '天')
}

pub fn is_numeral(letter: char) -> bool {
    value(letter).is_some() || matches!(letter, '十' | '廿')
}

fn value(letter: char) -> Option<u32> {
    "零一二三四五六七八九".chars().position(|known| known == letter).map(|at| at as u32).or(match letter {
        '〇' | '○' => Some(0),
        '两' => Some(2),
        _ => None,
    })
}

/// 十二, 二十三 and 三十 count by tens; 二〇二六 and 一五 count by places.
fn value_of(letters: &[char]) -> Option<u32> {
    let Some(ten) = letters.iter().position(|letter| matches!(letter, '十' | '廿')) else {
        return letters.iter().try_fold(0, |sum, letter| Some(sum * 10 + value(*letter)?));
    };
    let tens = match (letters[ten], ten) {
        ('廿', 0) => 2,
        ('十', 0) => 1,
        ('十', 1) => value(letters[0])?,
        _ => return None,
    };
    match &letters[ten + 1..] {
        [] => Some(tens * 10),
        [one] => Some(tens * 10 + value(*one)?),
        _ => None,
    }
}
