//! Texts that read like a support desk's: German syllables made into words, some of them far more common than others.

/// A generator that says the same every time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % below.max(1)
    }
}

const ONSETS: &[&str] = &[
    "", "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "w", "z", "bl", "br", "dr", "fl", "fr", "gr",
    "kl", "kr", "pl", "pr", "sch", "schl", "schr", "sp", "st", "str", "tr", "zw",
];
const NUCLEI: &[&str] = &["a", "e", "e", "e", "i", "o", "u", "ä", "ö", "ü", "ei", "au", "ie", "eu"];
const CODAS: &[&str] =
    &["", "", "", "n", "r", "l", "s", "t", "m", "ng", "ch", "ck", "st", "rt", "nd", "ll", "tz", "rk", "ss"];

/// One of some nine thousand syllables, of which language uses some far more often than others.
fn syllable(dice: &mut Dice) -> String {
    let mut pick = |from: &[&'static str]| {
        let first = dice.roll(from.len());
        from[first.min(dice.roll(from.len()))]
    };
    format!("{}{}{}", pick(ONSETS), pick(NUCLEI), pick(CODAS))
}

/// Six thousand words, the common ones first.
pub(crate) fn vocabulary() -> Vec<String> {
    let mut dice = Dice::new(7);
    let mut words = Vec::with_capacity(6000);
    for _ in 0..6000 {
        let syllables = 1 + dice.roll(4);
        words.push((0..syllables).map(|_| syllable(&mut dice)).collect());
    }
    words
}

/// A text of so many words.
pub(crate) fn text(words: &[String], dice: &mut Dice, count: usize) -> String {
    // The square of an even distribution: the first words come often, the last ones hardly ever.
    let picked: Vec<&str> = (0..count)
        .map(|_| {
            let even = dice.roll(1000) * dice.roll(1000);
            words[even * words.len() / 1_000_000].as_str()
        })
        .collect();
    picked.join(" ")
}
