//! ANNOTATE-EXPERIMENT-1 (RFC 5257): entries and attributes of messages.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, FetchItem, MetadataEntry, NumberSet, Octets, StoreModifier};
use alloc::vec::Vec;

/// An entry of a message and its attributes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annotation<'a> {
    /// The entry: `/comment`.
    pub entry: Octets<'a>,
    /// Attributes and their values: `value.priv`.
    pub attributes: Vec<MetadataEntry<'a>>,
}

/// What FETCH tells of annotations.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Annotations<'a> {
    /// Names of entries that there are.
    Entries(Vec<Octets<'a>>),
    /// Entries and their attributes.
    Values(Vec<Annotation<'a>>),
}

/// `SEARCH ANNOTATION`: what an annotation is to hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnnotationKey<'a> {
    /// The entry, by a pattern.
    pub entry: Octets<'a>,
    /// `value`, `value.priv` or `value.shared`.
    pub attribute: Octets<'a>,
    /// What it holds; `None`: any value.
    pub value: Option<Octets<'a>>,
}

/// `STORE … ANNOTATION`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreAnnotation<'a> {
    /// UID form.
    pub uid: bool,
    /// Which messages.
    pub set: NumberSet,
    /// Which of them.
    pub modifiers: Vec<StoreModifier<'a>>,
    /// What they are to have.
    pub annotations: Vec<Annotation<'a>>,
}

impl<'a> Cursor<'a, '_> {
    fn one_or_more_patterns(&mut self) -> Parsed<Vec<Octets<'a>>> {
        match self.peek() {
            Some(b'(') => self.list1(Self::list_mailbox),
            _ => Ok(Vec::from([self.list_mailbox()?])),
        }
    }

    /// ```abnf
    /// fetch-att = "ANNOTATION" SP "(" entries SP attribs ")"
    /// ```
    pub(crate) fn annotation_item(&mut self) -> Parsed<FetchItem<'a>> {
        self.space()?;
        self.expect(b'(', "`(`")?;
        let entries = self.one_or_more_patterns()?;
        self.space()?;
        let attributes = self.one_or_more_patterns()?;
        self.expect(b')', "`)`")?;
        Ok(FetchItem::Annotation { entries, attributes })
    }

    /// ```abnf
    /// entry-att = entry SP "(" att-value *(SP att-value) ")"
    /// ```
    fn annotation(&mut self) -> Parsed<Annotation<'a>> {
        let entry = self.entry_name()?;
        self.space()?;
        Ok(Annotation { entry, attributes: self.list1(Self::metadata_entry)? })
    }

    /// ```abnf
    /// msg-att = "ANNOTATION" SP "(" (entry-att *(SP entry-att) / entry *(SP entry)) ")"
    /// ```
    pub(crate) fn annotations(&mut self) -> Parsed<Annotations<'a>> {
        let before = self.mark();
        match self.list1(Self::annotation) {
            Ok(values) => Ok(Annotations::Values(values)),
            Err(error) => {
                self.reset(before);
                self.list1(Self::entry_name).map(Annotations::Entries).map_err(|_| error)
            }
        }
    }

    pub(crate) fn store_annotation(
        &mut self,
        uid: bool,
        set: NumberSet,
        modifiers: Vec<StoreModifier<'a>>,
    ) -> Parsed<Command<'a>> {
        self.space()?;
        let annotations = self.list1(Self::annotation)?;
        Ok(Command::StoreAnnotation(StoreAnnotation { uid, set, modifiers, annotations }))
    }
}

impl Out<'_> {
    pub(crate) fn annotation_item(&mut self, entries: &[Octets<'_>], attributes: &[Octets<'_>]) {
        self.put("ANNOTATION (");
        self.one_or_list(entries, |out, entry| out.list_mailbox(entry));
        self.space();
        self.one_or_list(attributes, |out, attribute| out.list_mailbox(attribute));
        self.put(")");
    }

    fn annotation(&mut self, annotation: &Annotation<'_>) {
        self.astring(&annotation.entry);
        self.space();
        self.list(&annotation.attributes, Self::metadata_entry);
    }

    pub(crate) fn annotations(&mut self, annotations: &Annotations<'_>) {
        self.put("ANNOTATION ");
        match annotations {
            Annotations::Entries(entries) => self.list(entries, Self::astring),
            Annotations::Values(values) => self.list(values, Self::annotation),
        }
    }

    pub(crate) fn store_annotation(&mut self, store: &StoreAnnotation<'_>) {
        self.space();
        self.set(&store.set);
        self.store_modifiers(&store.modifiers);
        self.put(" ANNOTATION ");
        self.list(&store.annotations, Self::annotation);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "FETCH 1 (ANNOTATION (/comment value))",
            "UID FETCH 1123 (UID ANNOTATION ((/comment /altsubject) (value.priv size.*)))",
            "STORE 1 ANNOTATION (/comment (value.priv \"My comment\"))",
            "UID STORE 1 (UNCHANGEDSINCE 7) ANNOTATION (/comment (value.priv NIL) /b (x \"y\"))",
            "SEARCH ANNOTATION /comment value \"x\" ANNOTATION * value.shared NIL",
        ]);
        responses(&[
            "12 FETCH (UID 1123 ANNOTATION (/comment (value.priv \"My comment\" size.priv \"10\")))",
            "1 FETCH (ANNOTATION (/comment /altsubject))",
            "OK [ANNOTATIONS 20480 NOPRIVATE] x",
            "OK [ANNOTATIONS NONE] x",
            "NO [ANNOTATE TOOBIG] x",
            "NO [ANNOTATE TOOMANY] x",
        ]);
    }
}
