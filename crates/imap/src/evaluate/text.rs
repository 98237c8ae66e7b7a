//! Whether the text of a message holds what SEARCH looks for.

use mailwire_message::{Kind, Message, PartRef};

/// Whether a field of this name holds `needle`, which is without case: encoded-words decoded,
/// addresses as they stand. An empty needle asks only whether there is such a field.
#[must_use]
pub fn field_holds(part: PartRef<'_, '_>, name: &[u8], needle: &str) -> bool {
    let mut fields = part.fields().filter(|field| field.name().eq_ignore_ascii_case(name));
    fields.any(|field| field.text().to_lowercase().contains(needle))
}

/// Whether the text of any part, decoded, holds `needle`, which is without case; with `header`, or
/// any field of any part.
#[must_use]
pub fn text_holds(message: &Message<'_>, needle: &str, header: bool) -> bool {
    message.parts().any(|part| {
        let in_fields = || {
            part.fields().any(|field| {
                let name = alloc::string::String::from_utf8_lossy(field.name());
                let whole = alloc::format!("{name}: {}", field.text());
                whole.to_lowercase().contains(needle)
            })
        };
        let is_text =
            part.kind() == Kind::Leaf && part.content_type().kind().eq_ignore_ascii_case("text");
        // The header of a message inside is part of the body of the one around it.
        let fields = header || part.parent().is_some_and(|parent| parent.kind() == Kind::Message);
        fields && in_fields() || is_text && part.text().to_lowercase().contains(needle)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_decoded_and_in_any_case() {
        let message = Message::parse(
            b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Transfer-Encoding: quoted-printable\r\n\
              Content-Type: text/plain; charset=iso-8859-1\r\n\r\nK=E4se\r\n",
        );

        assert!(field_holds(message.root(), b"SUBJECT", "gr\u{fc}\u{df}e"));
        assert!(!field_holds(message.root(), b"To", ""));
        assert!(
            text_holds(&message, "k\u{e4}se", false) && !text_holds(&message, "gr\u{fc}", false)
        );
        assert!(text_holds(&message, "subject: gr\u{fc}", true));
    }
}
