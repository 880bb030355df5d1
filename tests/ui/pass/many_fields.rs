//! More fields than a short map header counts, and names longer than a short string header.

use repod::Action;

#[derive(Action, Debug, PartialEq)]
enum ToServer {
    Fifteen {
        a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8,
    },
    Twenty {
        a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8,
        k: u8, l: u8, m: u8, n: u8, o: u8, p: u8, q: u8, r: u8, s: u8,
        #[serde(rename = "a name that is much longer than thirty-one bytes")]
        t: u8,
    },
    Sometimes {
        a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        o: Option<u8>,
    },
    #[action(rename = "an action whose name is much longer than thirty-one bytes")]
    Long,
}

fn check(action: ToServer, header: &[u8]) {
    let frame = repod::encode(&action).expect("numbers can be written");
    assert_eq!(&frame[4..4 + header.len()], header);
    assert_eq!(repod::decode(&frame[4..]), Ok(action));
}

fn main() {
    let fifteen = ToServer::Fifteen {
        a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, m: 13, n: 14,
    };
    check(fifteen, b"\x8f\xa6action\xa7fifteen\xa1a\x01");
    let twenty = ToServer::Twenty {
        a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10,
        k: 11, l: 12, m: 13, n: 14, o: 15, p: 16, q: 17, r: 18, s: 19, t: 20,
    };
    check(twenty, b"\xde\x00\x15\xa6action\xa6twenty\xa1a\x01");
    let sometimes = |o| ToServer::Sometimes {
        a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, m: 13, n: 14, o,
    };
    check(sometimes(None), b"\x8f\xa6action\xa9sometimes\xa1a\x01");
    check(sometimes(Some(15)), b"\xde\x00\x10\xa6action\xa9sometimes\xa1a\x01");
    check(ToServer::Long, b"\x81\xa6action\xd9\x39an action");
}
