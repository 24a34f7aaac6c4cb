//! Which stand-in a value gets: by the salt and the value alone.

/// The same salt gives the same stand-ins.
pub struct Salt([u8; 32]);

impl Salt {
    pub fn new(salt: [u8; 32]) -> Self {
        Self(salt)
    }

    /// A number that tells nothing about the value to whoever does not have the salt.
    pub fn hash(&self, kind: &str, value: &str) -> u64 {
        let hash = blake3::keyed_hash(&self.0, format!("{kind}\0{value}").as_bytes());
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash is longer than eight bytes");
        u64::from_le_bytes(*first)
    }

    /// That many digits.
    pub fn digits(&self, kind: &str, value: &str, count: usize) -> String {
        let number = self.hash(kind, value) % 10u64.pow(u32::try_from(count).expect("a few digits"));
        format!("{number:0count$}")
    }

    /// One of the characters.
    pub fn one(&self, kind: &str, value: &str, of: &str) -> char {
        let count = of.chars().count();
        let index = usize::try_from(self.hash(kind, value) % count as u64).expect("below the count");
        of.chars().nth(index).expect("below the count")
    }
}
