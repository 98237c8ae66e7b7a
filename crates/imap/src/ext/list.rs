//! LIST and what is told of mailboxes: LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819),
//! LIST-MYRIGHTS (RFC 8440), LIST-METADATA (RFC 9590), SPECIAL-USE and CREATE-SPECIAL-USE (RFC 6154),
//! CHILDREN (RFC 3348), `\Important` (RFC 8457), XLIST, RLIST and RLSUB (RFC 2193).

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::string::ASTRING;
use crate::types::{Command, Few, Mailbox, Octets, Raw, StatusItem, Tolerance};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::Syntax;

/// What LIST says of a mailbox besides its name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListAttribute<'a> {
    /// It has no mailboxes below it and can have none.
    Noinferiors,
    /// It cannot be selected.
    Noselect,
    /// The server marks it as interesting.
    Marked,
    /// It has nothing new.
    Unmarked,
    /// It has mailboxes below it (RFC 3348).
    HasChildren,
    /// It has none.
    #[default]
    HasNoChildren,
    /// It does not exist (RFC 5258).
    NonExistent,
    /// The user subscribed to it (RFC 5258).
    Subscribed,
    /// It is on another server (RFC 5258).
    Remote,
    /// All messages (RFC 6154), here and below.
    All,
    /// Archived ones.
    Archive,
    /// Drafts.
    Drafts,
    /// Flagged ones.
    Flagged,
    /// Junk.
    Junk,
    /// Sent ones.
    Sent,
    /// Deleted ones.
    Trash,
    /// Important ones (RFC 8457).
    Important,
    /// Another, with its backslash if it has one.
    Other(Cow<'a, str>),
}

impl<'a> ListAttribute<'a> {
    /// The attribute of this name, in any case, with its backslash.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        let other = Self::Other(Cow::Borrowed(name));
        let [b'\\', first, ..] = name.as_bytes() else { return other };
        // Their lengths and first letters tell all but two apart.
        let known = match (name.len(), first.to_ascii_lowercase()) {
            (4, _) => Self::All,
            (5, b's') => Self::Sent,
            (5, _) => Self::Junk,
            (6, _) => Self::Trash,
            (7, b'm') => Self::Marked,
            (7, b'r') => Self::Remote,
            (7, _) => Self::Drafts,
            (8, b'a') => Self::Archive,
            (8, _) => Self::Flagged,
            (9, b'u') => Self::Unmarked,
            (9, _) => Self::Noselect,
            (10, _) => Self::Important,
            (11, _) => Self::Subscribed,
            (12, b'h') => Self::HasChildren,
            (12, _) if name.ends_with(['t', 'T']) => Self::NonExistent,
            (12, _) => Self::Noinferiors,
            (14, _) => Self::HasNoChildren,
            _ => return other,
        };
        if name.eq_ignore_ascii_case(known.known()) { known } else { other }
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> ListAttribute<'static> {
        match self {
            Self::Other(name) => ListAttribute::Other(Cow::Owned(name.into_owned())),
            known => ListAttribute::named(known.known()),
        }
    }

    /// The attribute with its backslash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => known.known(),
        }
    }

    /// The name of one that is known.
    fn known(&self) -> &'static str {
        match self {
            Self::Noinferiors => "\\Noinferiors",
            Self::Noselect => "\\Noselect",
            Self::Marked => "\\Marked",
            Self::Unmarked => "\\Unmarked",
            Self::HasChildren => "\\HasChildren",
            Self::HasNoChildren => "\\HasNoChildren",
            Self::NonExistent => "\\NonExistent",
            Self::Subscribed => "\\Subscribed",
            Self::Remote => "\\Remote",
            Self::All => "\\All",
            Self::Archive => "\\Archive",
            Self::Drafts => "\\Drafts",
            Self::Flagged => "\\Flagged",
            Self::Junk => "\\Junk",
            Self::Sent => "\\Sent",
            Self::Trash => "\\Trash",
            Self::Important => "\\Important",
            Self::Other(_) => "",
        }
    }
}

/// What is said of a mailbox; up to four attributes cost no allocation.
pub type ListAttributes<'a> = Few<ListAttribute<'a>, 4>;

/// A LIST, LSUB or XLIST response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct List<'a> {
    /// What is said of the mailbox.
    pub attributes: ListAttributes<'a>,
    /// What stands between the levels of its name; `None` when it has no levels.
    pub delimiter: Option<char>,
    /// Its name.
    pub mailbox: Mailbox<'a>,
    /// Extended data, in order.
    pub extended: Vec<ListData<'a>>,
}

impl Default for List<'_> {
    /// INBOX, of which nothing is said.
    fn default() -> Self {
        Self {
            attributes: ListAttributes::new(),
            delimiter: None,
            mailbox: Mailbox::inbox(),
            extended: Vec::new(),
        }
    }
}

/// Extended data of LIST (RFC 5258 section 3.5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListData<'a> {
    /// `CHILDINFO`: mailboxes below it are selected by these options.
    ChildInfo(Vec<Octets<'a>>),
    /// `OLDNAME` (RFC 9051): how it was called.
    OldName(Mailbox<'a>),
    /// Another: its name and its value.
    Other(Octets<'a>, Raw<'a>),
}

/// `LIST`, with the options of LIST-EXTENDED.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ListQuery<'a> {
    /// Which mailboxes; empty: all. `None` is not the empty list on the wire, but means the same.
    pub selection: Option<Vec<ListSelection<'a>>>,
    /// What the patterns are relative to, on the wire.
    pub reference: Octets<'a>,
    /// Names with `*` and `%`, on the wire.
    pub patterns: Vec<Octets<'a>>,
    /// The patterns are in parentheses although there is only one.
    pub grouped: bool,
    /// What is to be told of them.
    pub returns: Option<Vec<ListReturn<'a>>>,
}

impl<'a> ListQuery<'a> {
    /// The mailboxes of a pattern, as in RFC 3501.
    #[must_use]
    pub fn new(reference: Octets<'a>, pattern: Octets<'a>) -> Self {
        Self { reference, patterns: Vec::from([pattern]), ..Self::default() }
    }
}

/// Which mailboxes LIST tells.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListSelection<'a> {
    /// Those that the user subscribed to.
    Subscribed,
    /// Those on other servers, too.
    Remote,
    /// Those with such ones below them, too.
    RecursiveMatch,
    /// Those with a special use (RFC 6154).
    SpecialUse,
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// What LIST tells of mailboxes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListReturn<'a> {
    /// Whether the user subscribed.
    Subscribed,
    /// Whether there are mailboxes below.
    Children,
    /// The special use (RFC 6154).
    SpecialUse,
    /// STATUS of each (RFC 5819).
    Status(Vec<StatusItem<'a>>),
    /// MYRIGHTS of each (RFC 8440).
    MyRights,
    /// METADATA of each (RFC 9590).
    Metadata(Vec<Octets<'a>>),
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// What a mailbox is to be when it is made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CreateOption<'a> {
    /// `USE`: for these special uses (RFC 6154).
    Use(Vec<ListAttribute<'a>>),
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
    /// ```
    pub(crate) fn list_command(&mut self, to: &mut Command<'a>) -> Parsed<()> {
        self.space()?;
        let selection = match self.peek() {
            Some(b'(') => {
                let options = self.list(Self::list_selection)?;
                self.space()?;
                Some(options)
            }
            _ => None,
        };
        let reference = self.astring()?;
        self.space()?;
        let grouped = self.peek() == Some(b'(');
        let patterns = match grouped {
            true => self.list1(Self::list_mailbox)?,
            false => Vec::from([self.list_mailbox()?]),
        };
        let returns = if self.eat_word("RETURN") {
            self.space()?;
            Some(self.list(Self::list_return)?)
        } else {
            None
        };
        *to = Command::List(ListQuery { selection, reference, patterns, grouped, returns });
        Ok(())
    }

    /// The arguments of LSUB, RLIST, RLSUB and XLIST.
    pub(crate) fn list_arguments(&mut self) -> Parsed<(Octets<'a>, Octets<'a>)> {
        self.space()?;
        let reference = self.astring()?;
        self.space()?;
        Ok((reference, self.list_mailbox()?))
    }

    fn list_selection(&mut self) -> Parsed<ListSelection<'a>> {
        let name = self.atom("an option")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(match () {
            () if is("SUBSCRIBED") => ListSelection::Subscribed,
            () if is("REMOTE") => ListSelection::Remote,
            () if is("RECURSIVEMATCH") => ListSelection::RecursiveMatch,
            () if is("SPECIAL-USE") => ListSelection::SpecialUse,
            () => {
                let (name, value) = self.named_raw(name)?;
                ListSelection::Other(name, value)
            }
        })
    }

    fn list_return(&mut self) -> Parsed<ListReturn<'a>> {
        let name = self.atom("an option")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(match () {
            () if is("SUBSCRIBED") => ListReturn::Subscribed,
            () if is("CHILDREN") => ListReturn::Children,
            () if is("SPECIAL-USE") => ListReturn::SpecialUse,
            () if is("MYRIGHTS") => ListReturn::MyRights,
            () if is("STATUS") => {
                self.space()?;
                ListReturn::Status(self.status_names()?)
            }
            () if is("METADATA") => {
                self.space()?;
                ListReturn::Metadata(self.list1(Self::entry_name)?)
            }
            () => {
                let (name, value) = self.named_raw(name)?;
                ListReturn::Other(name, value)
            }
        })
    }

    /// ```abnf
    /// create = "CREATE" SP mailbox [create-params]
    /// ```
    pub(crate) fn create(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let mut options = Vec::new();
        if self.peek() == Some(b' ') {
            self.space()?;
            options = self.list1(|cursor| {
                let name = cursor.atom("an option")?;
                if name.eq_ignore_ascii_case("USE") {
                    cursor.space()?;
                    return cursor.list(Self::list_attribute).map(CreateOption::Use);
                }
                let (name, value) = cursor.named_raw(name)?;
                Ok(CreateOption::Other(name, value))
            })?;
        }
        Ok(Command::Create(mailbox, options))
    }

    fn list_attribute(&mut self) -> Parsed<ListAttribute<'a>> {
        let start = self.position();
        self.eat(b'\\');
        if self.take_class(&ASTRING).is_empty() {
            return Err(Syntax { at: start, expected: "an attribute" });
        }
        let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
        Ok(ListAttribute::named(name))
    }

    /// ```abnf
    /// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
    ///                [SP mbox-list-extended]
    /// ```
    #[inline]
    pub(crate) fn mailbox_list(&mut self) -> Parsed<List<'a>> {
        let mut list = List::default();
        self.mailbox_list_into(&mut list)?;
        Ok(list)
    }

    /// The same, into a list that is empty.
    #[inline]
    pub(crate) fn mailbox_list_into(&mut self, list: &mut List<'a>) -> Parsed<()> {
        if self.quick_list(list).is_none() {
            *list = self.list_by_parts()?;
        }
        Ok(())
    }

    pub(crate) fn list_by_parts(&mut self) -> Parsed<List<'a>> {
        self.space()?;
        self.expect(b'(', "`(`")?;
        let mut attributes = ListAttributes::new();
        self.each(|cursor| {
            if let [b'\\', b' ' | b')', ..] = cursor.rest() {
                cursor.tolerate(Tolerance::EmptyFlag, "an attribute")?;
                cursor.skip(1);
                return Ok(());
            }
            attributes.push(cursor.list_attribute()?);
            Ok(())
        })?;
        self.space()?;
        let delimiter = self.delimiter()?;
        self.space()?;
        let mailbox = self.listed_mailbox()?;
        let mut extended = Vec::new();
        if let [b' ', b'(', ..] = self.rest() {
            self.skip(1);
            extended = self.list(Self::list_data)?;
        }
        Ok(List { attributes, delimiter, mailbox, extended })
    }

    fn list_data(&mut self) -> Parsed<ListData<'a>> {
        let name = self.astring()?;
        self.space()?;
        let is = |known: &[u8]| name.as_bytes().eq_ignore_ascii_case(known);
        Ok(match () {
            () if is(b"CHILDINFO") => ListData::ChildInfo(self.list(Self::astring)?),
            () if is(b"OLDNAME") => {
                self.expect(b'(', "`(`")?;
                let mailbox = self.mailbox()?;
                self.expect(b')', "`)`")?;
                ListData::OldName(mailbox)
            }
            () => ListData::Other(name, self.raw_value()?),
        })
    }

    pub(crate) fn delimiter(&mut self) -> Parsed<Option<char>> {
        let at = self.position();
        match self.nstring()?.as_deref() {
            None => Ok(None),
            Some([]) => {
                self.tolerate_at(at, Tolerance::EmptyList, "one character or NIL")?;
                Ok(None)
            }
            Some([b]) if b.is_ascii() => Ok(Some(char::from(*b))),
            Some(_) => Err(Syntax { at, expected: "one character or NIL" }),
        }
    }
}

impl Out<'_> {
    pub(crate) fn list_query(&mut self, query: &ListQuery<'_>) {
        self.space();
        if let Some(selection) = &query.selection {
            self.list(selection, |out, option| match option {
                ListSelection::Subscribed => out.put("SUBSCRIBED"),
                ListSelection::Remote => out.put("REMOTE"),
                ListSelection::RecursiveMatch => out.put("RECURSIVEMATCH"),
                ListSelection::SpecialUse => out.put("SPECIAL-USE"),
                ListSelection::Other(name, value) => out.named_raw(name, value.as_ref()),
            });
            self.space();
        }
        self.astring(&query.reference);
        self.space();
        match query.patterns.as_slice() {
            [pattern] if !query.grouped => self.list_mailbox(pattern),
            patterns => self.list(patterns, |out, pattern| out.list_mailbox(pattern)),
        }
        if let Some(returns) = &query.returns {
            self.put(" RETURN ");
            self.list(returns, |out, option| match option {
                ListReturn::Subscribed => out.put("SUBSCRIBED"),
                ListReturn::Children => out.put("CHILDREN"),
                ListReturn::SpecialUse => out.put("SPECIAL-USE"),
                ListReturn::MyRights => out.put("MYRIGHTS"),
                ListReturn::Status(items) => {
                    out.put("STATUS ");
                    out.status_names(items);
                }
                ListReturn::Metadata(entries) => {
                    out.put("METADATA ");
                    out.list(entries, |out, entry| out.astring(entry));
                }
                ListReturn::Other(name, value) => out.named_raw(name, value.as_ref()),
            });
        }
    }

    pub(crate) fn create_options(&mut self, options: &[CreateOption<'_>]) {
        if options.is_empty() {
            return;
        }
        self.space();
        self.list(options, |out, option| match option {
            CreateOption::Use(uses) => {
                out.put("USE ");
                out.list(uses, |out, attribute| out.flag(attribute.as_str()));
            }
            CreateOption::Other(name, value) => out.named_raw(name, value.as_ref()),
        });
    }

    pub(crate) fn mailbox_list(&mut self, name: &str, entry: &List<'_>) {
        self.put(name);
        self.space();
        self.list(&entry.attributes, |out, attribute| out.flag(attribute.as_str()));
        self.space();
        self.delimiter(entry.delimiter);
        self.space();
        self.mailbox_string(&entry.mailbox);
        if entry.extended.is_empty() {
            return;
        }
        self.space();
        self.list(&entry.extended, |out, data| match data {
            ListData::ChildInfo(options) => {
                out.put("\"CHILDINFO\" ");
                out.list(options, |out, option| out.string(option.as_bytes()));
            }
            ListData::OldName(mailbox) => {
                out.put("\"OLDNAME\" (");
                out.mailbox_string(mailbox);
                out.put(")");
            }
            ListData::Other(name, value) => {
                out.string(name.as_bytes());
                out.space();
                out.raw(value);
            }
        });
    }

    pub(crate) fn delimiter(&mut self, delimiter: Option<char>) {
        match delimiter {
            Some(c @ ('"' | '\\')) => {
                self.put("\"\\");
                self.bytes(&[u8::try_from(c).unwrap_or(b'/')]);
                self.put("\"");
            }
            Some(c @ ' '..='~') => {
                self.put("\"");
                self.bytes(&[u8::try_from(c).unwrap_or(b'/')]);
                self.put("\"");
            }
            _ => self.put("NIL"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::encode::{self, Plain};
    use crate::ext::testing::{commands, no_commands, responses};
    use crate::parse::{self, Grammar};
    use crate::types::Dialect;
    use std::format;

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "LIST \"\" *",
            "LIST () \"\" %",
            "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (INBOX Drafts Sent/%) RETURN (CHILDREN)",
            "LIST (REMOTE SPECIAL-USE X-Y (1 \"a\")) a/ (b) RETURN ()",
            "LIST \"\" % RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN) MYRIGHTS)",
            "LIST \"\" % RETURN (METADATA (/private/a /shared/b) X-Z)",
            "LSUB #news. comp.mail.*",
            "XLIST \"\" *",
            "RLIST \"\" *",
            "RLSUB \"\" *",
            "CREATE MySpecial (USE (\\Drafts \\Sent))",
            "CREATE a (X-Y 1 USE ())",
        ]);
        responses(&[
            "LIST (\\Noselect) \"/\" \"\"",
            "LIST (\\HasChildren) \"/\" \"foo\" (\"CHILDINFO\" (\"SUBSCRIBED\"))",
            "LIST (\\Sent X \\Odd) NIL \"NIL\" (\"OLDNAME\" (\"Ent\") \"X-Y\" (a (b) 1))",
            "LIST () \"\\\\\" \"a\"",
            "LSUB () \".\" \"#news.comp.mail.mime\"",
            "XLIST (\\HasNoChildren \\Inbox) \"/\" \"Posteingang\"",
        ]);
    }

    #[test]
    fn a_value_of_an_unknown_option_may_stand_behind_spaces() {
        let line = b"a LIST (X   $ Y  (1)) \"\" *\r\n";
        let (tag, command) = parse::command(line, &Grammar::default()).unwrap();
        let mut out = Plain::default();
        encode::command(tag.as_str(), &command, &Dialect::rev1(), &mut out);
        assert_eq!(out.into_bytes(), b"a LIST (X $ Y (1)) \"\" *\r\n");
        assert!(parse::command(line, &Grammar::strict()).is_err());
    }

    #[test]
    fn as_many_wildcards_as_the_limit_are_taken() {
        for n in [31, 32] {
            commands(&[&format!("LIST \"\" {}", "*".repeat(n))]);
        }
        no_commands(&[&format!("LIST \"\" {}", "%".repeat(33))]);
    }
}
