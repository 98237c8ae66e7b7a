//! Mail that is made to cost: each kind as long as it is asked to be. The cost of reading must be
//! linear in the length.

/// A kind of hostile mail by its name.
pub type Kind = (&'static str, fn(usize) -> Vec<u8>);

/// All kinds.
pub const MAIL: &[Kind] = &[
    ("nested_multiparts", |n| repeated("Content-Type: multipart/mixed; boundary=b\n\n--b\n", n)),
    ("nested_messages", |n| repeated("Content-Type: message/rfc822\n\n", n)),
    ("nested_numbered", |n| {
        numbered(n, |at| format!("Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n"))
    }),
    ("nested_encoded", |n| {
        repeated("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n", n)
    }),
    ("nested_digests", |n| repeated("Content-Type: multipart/digest; boundary=d\n\n--d\n\n", n)),
    ("parts", |n| with_head(MIXED, &repeated("--b\n\nx\n", n))),
    ("empty_parts", |n| with_head(MIXED, &repeated("--b\n", n))),
    ("closed_parts", |n| with_head(MIXED, &repeated("--b--\n", n))),
    ("never_a_boundary", |n| with_head(MIXED, &repeated("--a\n", n))),
    ("hyphens", |n| with_head(MIXED, &repeated("-", n))),
    ("hyphen_lines", |n| with_head(MIXED, &repeated("--\n", n))),
    ("almost_a_boundary", |n| {
        let boundary = "b".repeat(60);
        let head = format!("Content-Type: multipart/mixed; boundary={boundary}c\n\n");
        with_head(&head, &repeated(&format!("--{boundary}\n"), n))
    }),
    ("sixty_open_boundaries", |n| {
        let open = |at| {
            format!("Content-Type: multipart/mixed; boundary=aaaa{at:056}\n\n--aaaa{at:056}\n")
        };
        let head: String = (0..60).map(open).collect();
        with_head(&head, &repeated("--aaaa\n", n))
    }),
    ("sixty_equal_beginnings", |n| {
        let open = |at| {
            format!("Content-Type: multipart/mixed; boundary={}{at}\n\n--{0}{at}\n", "a".repeat(60))
        };
        let head: String = (10..70).map(open).collect();
        with_head(&head, &repeated(&format!("--{}\n", "a".repeat(60)), n))
    }),
    ("ninety_growing_boundaries", |n| {
        let open = |at: usize| {
            format!("Content-Type: multipart/mixed; boundary={}\n\n--{0}\n", "a".repeat(at))
        };
        let head: String = (1..90).map(open).collect();
        with_head(&head, &repeated("--aaaaaaaaaaaaaaaaaaaaaaa\n", n))
    }),
    ("padded_delimiters", |n| {
        with_head(MIXED, &repeated(&format!("--b{}\n\nx\n", " ".repeat(500)), n))
    }),
    ("long_delimiter", |n| with_head(&format!("{MIXED}--b"), &repeated(" ", n))),
    ("fields", |n| repeated("X: y\n", n)),
    ("fields_of_types", |n| repeated("Content-Type: multipart/mixed; boundary=x\n", n)),
    ("fields_of_addresses", |n| repeated("To: a@b\n", n)),
    ("one_field", |n| with_head("Subject: ", &repeated("a", n))),
    ("one_name", |n| repeated("a", n)),
    ("folded_field", |n| with_head("Subject: a\n", &repeated(" b\n", n))),
    ("blank_folded_field", |n| with_head("Subject: a\n", &repeated(" \n", n))),
    ("lines_that_are_no_fields", |n| repeated("junk\n", n)),
    ("carriage_returns", |n| with_head("Subject: a", &repeated("\r", n))),
    ("nuls", |n| with_head("Subject: a", &repeated("\0", n))),
    ("colons", |n| repeated(":", n)),
    ("line_feeds", |n| repeated("\n", n)),
    ("parameters", |n| with_head("Content-Type: multipart/mixed", &repeated("; p=v", n))),
    ("parameters_in_many_parts", |n| {
        let parameters: String = (0..127).map(|at| format!(";p{at}=v")).collect();
        with_head(MIXED, &repeated(&format!("--b\nContent-Type: a/b{parameters}\n\nx\n"), n))
    }),
    ("equal_parameters_in_many_parts", |n| {
        let field = format!("Content-Type: a/b{}", ";p=v".repeat(127));
        with_head(MIXED, &repeated(&format!("--b\n{field}\n\nx\n"), n))
    }),
    ("pieces_of_a_boundary", |n| {
        let pieces: String = (0..120).map(|at| format!(";boundary*{at}=v")).collect();
        with_head(MIXED, &repeated(&format!("--b\nContent-Type: multipart/x{pieces}\n\nx\n"), n))
    }),
    ("numbered_parameters", |n| {
        with_head("Content-Type: a/b", &numbered(n, |at| format!("; name*{at}*=x")))
    }),
    ("semicolons", |n| with_head("Content-Type: a/b", &repeated(";", n))),
    ("open_quotes", |n| with_head("Content-Type: a/b; c=\"", &repeated("\\", n))),
    ("comments", |n| with_head("Content-Type: ", &repeated("(", n))),
    ("closed_comments", |n| with_head("Content-Type: ", &repeated("(x)", n))),
    ("comments_in_addresses", |n| with_head("From: ", &repeated("(", n))),
    ("encoded_words", |n| with_head("Subject: ", &repeated("=?a?q?x?= ", n))),
    ("open_encoded_words", |n| with_head("Subject: ", &repeated("=?", n))),
    ("half_encoded_words", |n| with_head("Subject: ", &repeated("=?a?b?", n))),
    ("angles", |n| with_head("From: ", &repeated("<", n))),
    ("groups", |n| with_head("To: ", &repeated("a:b;", n))),
    ("commas", |n| with_head("To: ", &repeated(",", n))),
    ("quotes", |n| with_head("To: ", &repeated("\"", n))),
    ("base64_noise", |n| with_head(BASE64, &repeated("QUJD!\n=", n))),
    ("base64", |n| with_head(BASE64, &repeated("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n", n))),
    ("base64_padding", |n| with_head(BASE64, &repeated("=", n))),
    ("equals_signs", |n| with_head(PRINTABLE, &repeated("=", n))),
    ("soft_breaks", |n| with_head(PRINTABLE, &repeated("=\n", n))),
    ("trailing_white_space", |n| with_head(PRINTABLE, &repeated(" ", n))),
    ("begin_lines", |n| with_head("\n", &repeated("begin 644 x\n", n))),
];

const MIXED: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n";
const BASE64: &str = "Content-Transfer-Encoding: base64\n\n";
const PRINTABLE: &str = "Content-Transfer-Encoding: quoted-printable\n\n";

fn repeated(text: &str, octets: usize) -> Vec<u8> {
    text.repeat(octets / text.len() + 1).into_bytes()
}

fn with_head(head: &str, rest: &[u8]) -> Vec<u8> {
    [head.as_bytes(), rest].concat()
}

fn numbered(octets: usize, one: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = Vec::new();
    for at in 0.. {
        if out.len() >= octets {
            break;
        }
        out.extend_from_slice(one(at).as_bytes());
    }
    out
}
