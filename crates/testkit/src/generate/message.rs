//! Messages: lines that readers disagree about in any order, and ways to read them.

use mailwire_message::{
    AfterClose, Boundaries, Colons, Delimiters, Duplicates, Junk, Limits, Parameters, Rules,
};
use proptest::prelude::*;

/// A line, or a piece of one, that decides how a message is read.
pub fn line() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Subject: x\r\n",
        " folded\r\n",
        "\r\n",
        "\n",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: multipart/digest; boundary=\"b c\"\n",
        "Content-Type: message/rfc822\r\n",
        "--b\r\n",
        "--b--\r\n",
        "--b c\n",
        "--b c-- \t\r\n",
        "--b--b\r\n",
        "--bc\r\n",
        // Longer than is looked at of a line.
        "--b                                                                                  \r\n",
        "--b--=======================================================================xxxxxxxx\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/mixed; boundary=bc\r\n",
        "Content-Type: multipart/mixed; boundary=\"\"\r\n",
        "Content-Type: multipart/mixed;; boundary=b=c\r\n",
        "--b=c\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        " \r\n",
        "\0",
        "From x\r\n",
        "\u{feff}",
        "--",
        "-",
        "\r",
        "text\r\n",
        "no field",
        ":",
    ])
}

/// Up to thirty of them in any order.
pub fn mail() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..30).prop_map(|lines| lines.concat())
}

/// Limits that short messages reach.
pub fn limits() -> impl Strategy<Value = Limits> {
    (0usize..9).prop_map(tight)
}

fn tight(n: usize) -> Limits {
    let mut limits = Limits::default();
    match n {
        0 => limits.field = 20,
        1 => limits.header = 60,
        2 => limits.headers = 90,
        3 => limits.fields = 2,
        4 => limits.parts = 3,
        5 => limits.depth = 2,
        6 => (limits.boundary, limits.name) = (2, 8),
        _ => (limits.field, limits.header, limits.defects) = (15, 50, 2),
    }
    limits
}

/// Every set of rules.
pub fn rules() -> impl Strategy<Value = Rules> {
    (0u8..128).prop_map(chosen)
}

fn chosen(bits: u8) -> Rules {
    let bit = |n: u8| bits >> n & 1 == 1;
    let mut rules = Rules::default();
    rules.duplicates = if bit(0) { Duplicates::Last } else { Duplicates::First };
    rules.delimiters = if bit(1) { Delimiters::Line } else { Delimiters::Prefix };
    rules.after_close = if bit(2) { AfterClose::Parts } else { AfterClose::Content };
    rules.colons = if bit(3) { Colons::AtOnce } else { Colons::AfterSpace };
    rules.junk = if bit(4) { Junk::Body } else { Junk::Passed };
    rules.parameters = if bit(5) { Parameters::Tokens } else { Parameters::Mended };
    rules.boundaries = if bit(6) { Boundaries::Beginning } else { Boundaries::Whole };
    rules
}
