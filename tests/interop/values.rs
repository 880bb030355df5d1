//! Values for messages: random ones, and a way to spell them that Python has too.
//! What is done with them is in `codec.rs`.

use std::fmt::Write as _;

use repod::Value;

/// Makes values of all sorts, the same ones for the same seed: as the class of this name in `codec.py`.
pub(crate) struct Maker {
    state: u64,
}

impl Maker {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(crate) fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 0 { 9 } else { 5 }) {
            0 => self.integer(),
            1 => Value::F64(self.number()),
            2 => Value::from(self.text()),
            3 => Value::Binary((0..self.length()).map(|_| self.next() as u8).collect()),
            4 => self.pick(&[Value::Nil, Value::Boolean(true), Value::Boolean(false)]),
            5 | 6 => Value::Array((0..self.count(depth)).map(|_| self.value(depth - 1)).collect()),
            _ => self.map(depth),
        }
    }

    /// Every width, and its edges.
    fn integer(&mut self) -> Value {
        let edge = u64::MAX.checked_shr(self.below(65) as u32).unwrap_or(0);
        let random = self.next() & edge;
        let number = self.pick(&[edge, edge.saturating_add(1), random]);
        if self.below(5) < 2 {
            Value::from(i64::try_from(number).map_or(i64::MIN, |number| -number))
        } else {
            Value::from(number)
        }
    }

    fn number(&mut self) -> f64 {
        let random = f64::from_bits(self.next());
        let random = if random.is_finite() { random } else { 1.0 };
        self.pick(&[0.0, -0.0, 1.5, -2.25, 5e-324, f64::MAX, 9_007_199_254_740_992.0, 0.1, random, random, random])
    }

    fn text(&mut self) -> String {
        let alphabet: Vec<char> = "aZ09 \0\n\"'\\éß世界🎮\u{301}\u{202e}\u{feff}\u{10ffff}".chars().collect();
        (0..self.length()).map(|_| self.pick(&alphabet)).collect()
    }

    /// With keys of one sort, none of them twice.
    fn map(&mut self, depth: usize) -> Value {
        let has_text_keys = self.below(2) == 0;
        let mut entries: Vec<(Value, Value)> = Vec::new();
        for _ in 0..self.count(depth) {
            let key = if has_text_keys { Value::from(self.text()) } else { self.integer() };
            if entries.iter().all(|(other, _)| *other != key) {
                entries.push((key, self.value(depth - 1)));
            }
        }
        Value::Map(entries)
    }

    /// Deep values are small, so that no message grows beyond the limits.
    fn count(&mut self, depth: usize) -> usize {
        if depth > 1 { self.pick(&[0, 1, 2, 3]) } else { self.pick(&[0, 1, 2, 15, 16, 17, 20]) }
    }

    /// The lengths around which MessagePack changes its header.
    fn length(&mut self) -> usize {
        self.pick(&[0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 255, 256, 300])
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Spells a value with its types, as `codec.py` does.
pub(crate) fn spell(value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => format!("i{value}"),
        Value::F32(value) => format!("f{:016x}", f64::from(*value).to_bits()),
        Value::F64(value) => format!("f{:016x}", value.to_bits()),
        Value::String(value) => spell_text(value.as_str().expect("valid UTF-8")),
        Value::Binary(value) => format!("b{}", hex(value)),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spell).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}={}", spell(key), spell(value))).collect();
            format!("{{{}}}", entries.join(" "))
        }
        Value::Ext(..) => panic!("the library has no extensions"),
    }
}

pub(crate) fn spell_text(text: &str) -> String {
    format!("s{}", hex(text.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).expect("a hex digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
