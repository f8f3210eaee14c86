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

const SYLLABLES: &[&str] = &[
    "dru", "cker", "ser", "ver", "stö", "rung", "netz", "werk", "lap", "top", "bild", "schirm", "mail", "fach", "kon",
    "to", "pass", "wort", "an", "mel", "dung", "lang", "sam", "ab", "sturz", "up", "date", "fir", "ma", "user", "soft",
    "ware", "ein", "rich", "ten", "feh", "ler", "pro", "gramm", "start", "et", "nicht", "mehr", "seit", "heu", "te",
    "mor", "gen", "kol", "leg", "in", "bü", "ro", "bin", "tas", "ta", "tur", "maus", "scan", "ner", "toner", "pa",
    "pier", "stau", "ge", "rät", "be", "nut", "zer", "rech", "fen", "ster", "da", "tei", "ord", "frei", "gabe", "zu",
    "griff", "wei", "gert", "rou", "ter", "kabel", "wlan", "out", "look", "kal", "en", "der", "ter", "min", "raum",
    "tele", "fon", "la", "straße", "über", "für", "mül",
];

/// Six thousand words, the common ones first.
pub(crate) fn vocabulary() -> Vec<String> {
    let mut dice = Dice::new(7);
    let mut words = Vec::with_capacity(6000);
    for _ in 0..6000 {
        let syllables = 1 + dice.roll(4);
        words.push((0..syllables).map(|_| SYLLABLES[dice.roll(SYLLABLES.len())]).collect());
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
