//! Which mailboxes LIST tells, and what of them: LIST-EXTENDED (RFC 5258), CHILDREN (RFC 3348),
//! SPECIAL-USE (RFC 6154).

use crate::types::{
    List, ListAttribute, ListAttributes, ListData, ListQuery, ListReturn, ListSelection, Mailbox,
    Octets,
};
use crate::view::list_matches;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

/// A name that LIST may tell.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Listed {
    /// As it is on the wire: in modified UTF-7, or in UTF-8 for who enabled that.
    pub name: String,
    /// It can be selected.
    pub exists: bool,
    /// The user subscribed to it, whether it exists or not.
    pub subscribed: bool,
    /// What it is for: `\Sent` and the like.
    pub uses: Vec<ListAttribute<'static>>,
}

/// Why a LIST cannot be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadList {
    /// An option that is not known here.
    #[error("an option that is not known")]
    UnknownOption,
    /// RECURSIVEMATCH without what is to be matched (RFC 5258 section 3.1).
    #[error("RECURSIVEMATCH needs something to match")]
    NothingToMatch,
}

/// What is told of the mailboxes that a LIST asks for, in the order of their names. What the return
/// options ask besides (STATUS, MYRIGHTS, METADATA) is for the caller to tell behind each.
///
/// # Errors
///
/// For options that are not known, and combinations that mean nothing: the answer is BAD.
///
/// ```
/// use mailwire_imap::evaluate::{Listed, list};
/// use mailwire_imap::types::{ListQuery, Octets};
///
/// let inbox = Listed { name: "INBOX".into(), exists: true, ..Listed::default() };
/// let query = ListQuery::new(Octets::default(), Octets::try_from("%").unwrap());
/// let told = list(&query, [inbox], '/').unwrap();
/// assert_eq!(told[0].attributes[0].as_str(), "\\HasNoChildren");
/// ```
pub fn list(
    query: &ListQuery<'_>,
    mailboxes: impl IntoIterator<Item = Listed>,
    delimiter: char,
) -> Result<Vec<List<'static>>, BadList> {
    let wanted = Wanted::of(query)?;
    let mut all: BTreeMap<String, Listed> = BTreeMap::new();
    // Levels above others, with whether what is below them exists, and whether it is selected.
    let (mut parents, mut matched) = (BTreeSet::new(), BTreeSet::new());
    for mailbox in mailboxes {
        for (at, _) in mailbox.name.match_indices(delimiter) {
            let Some(level) = mailbox.name.get(..at) else { continue };
            if mailbox.exists {
                parents.insert(String::from(level));
            }
            if wanted.selects(&mailbox, false) {
                matched.insert(String::from(level));
            }
        }
        all.insert(mailbox.name.clone(), mailbox);
    }
    for level in &matched {
        let missing = || Listed { name: level.clone(), ..Listed::default() };
        all.entry(level.clone()).or_insert_with(missing);
    }
    let patterns: Vec<Vec<u8>> = query
        .patterns
        .iter()
        .map(|pattern| [query.reference.as_bytes(), pattern.as_bytes()].concat())
        .collect();
    let divides = u8::try_from(delimiter).ok();
    let mut told = Vec::new();
    for mailbox in all.values() {
        let name = mailbox.name.as_bytes();
        let is_level = parents.contains(&mailbox.name);
        let below = wanted.recursive && matched.contains(&mailbox.name);
        if !(wanted.selects(mailbox, is_level) || below)
            || !patterns.iter().any(|pattern| list_matches(pattern, name, divides))
        {
            continue;
        }
        let Ok(name) = Octets::new(name.to_vec()) else { continue };
        let child_info = ListData::ChildInfo(wanted.criteria());
        told.push(List {
            attributes: wanted.attributes(mailbox, is_level),
            delimiter: Some(delimiter),
            mailbox: Mailbox::from_wire(name),
            extended: below.then_some(child_info).into_iter().collect(),
        });
    }
    Ok(told)
}

/// The options of a LIST.
#[derive(Default)]
struct Wanted {
    extended: bool,
    only_subscribed: bool,
    only_special: bool,
    recursive: bool,
    tell_subscribed: bool,
    tell_children: bool,
    tell_uses: bool,
}

impl Wanted {
    fn of(query: &ListQuery<'_>) -> Result<Self, BadList> {
        let mut this = Self {
            extended: query.selection.is_some() || query.returns.is_some(),
            ..Self::default()
        };
        for option in query.selection.iter().flatten() {
            match option {
                ListSelection::Subscribed => this.only_subscribed = true,
                ListSelection::SpecialUse => this.only_special = true,
                ListSelection::RecursiveMatch => this.recursive = true,
                // There are none elsewhere.
                ListSelection::Remote => {}
                ListSelection::Other(..) => return Err(BadList::UnknownOption),
            }
        }
        for option in query.returns.iter().flatten() {
            match option {
                ListReturn::Subscribed => this.tell_subscribed = true,
                ListReturn::Children => this.tell_children = true,
                ListReturn::SpecialUse => this.tell_uses = true,
                ListReturn::Status(_) | ListReturn::MyRights | ListReturn::Metadata(_) => {}
                ListReturn::Other(..) => return Err(BadList::UnknownOption),
            }
        }
        if this.recursive && !this.only_subscribed && !this.only_special {
            return Err(BadList::NothingToMatch);
        }
        // What is selected by is told (RFC 5258 section 3.1, RFC 6154 section 2).
        this.tell_subscribed |= this.only_subscribed;
        this.tell_uses |= this.only_special || !this.extended;
        this.tell_children |= !this.extended;
        Ok(this)
    }

    fn selects(&self, mailbox: &Listed, is_level: bool) -> bool {
        (!self.only_subscribed || mailbox.subscribed)
            && (!self.only_special || !mailbox.uses.is_empty())
            // Only who asks for subscriptions hears of names behind which there is nothing.
            && (self.only_subscribed || mailbox.exists || is_level)
    }

    fn criteria(&self) -> Vec<Octets<'static>> {
        let named = [(self.only_subscribed, "SUBSCRIBED"), (self.only_special, "SPECIAL-USE")];
        named
            .iter()
            .filter(|(is, _)| *is)
            .filter_map(|(_, name)| Octets::try_from(*name).ok())
            .collect()
    }

    fn attributes(&self, mailbox: &Listed, has_children: bool) -> ListAttributes<'static> {
        let mut attributes = ListAttributes::new();
        if !mailbox.exists {
            // A level above others is no mailbox; who knows it says so (RFC 5258 section 3).
            attributes.push(match self.extended {
                true => ListAttribute::NonExistent,
                false => ListAttribute::Noselect,
            });
        }
        if self.tell_subscribed && mailbox.subscribed {
            attributes.push(ListAttribute::Subscribed);
        }
        if self.tell_children {
            attributes.push(match has_children {
                true => ListAttribute::HasChildren,
                false => ListAttribute::HasNoChildren,
            });
        }
        if self.tell_uses {
            attributes.extend(mailbox.uses.iter().cloned());
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;
    use crate::parse::{self, Grammar};
    use crate::types::{Command, Response};

    /// The mailboxes of RFC 5258 section 5, and one with a use.
    fn mailboxes() -> Vec<Listed> {
        let mailbox = |name: &str, exists, subscribed| Listed {
            name: name.into(),
            exists,
            subscribed,
            uses: if name == "Tofu" { [ListAttribute::Sent].into() } else { Vec::new() },
        };
        Vec::from([
            mailbox("INBOX", true, true),
            mailbox("Fruit", false, false),
            mailbox("Fruit/Apple", true, false),
            mailbox("Fruit/Banana", true, true),
            mailbox("Fruit/Peach", false, true),
            mailbox("Tofu", true, false),
            mailbox("Vegetable", true, true),
            mailbox("Vegetable/Broccoli", true, true),
            mailbox("Vegetable/Corn", true, false),
        ])
    }

    fn told(command: &str) -> Result<Vec<String>, BadList> {
        let frame = std::format!("t {command}\r\n");
        let (_, parsed) = parse::command(frame.as_bytes(), &Grammar::default()).unwrap();
        let Command::List(query) = parsed else { panic!("{command}") };
        let told = list(&query, mailboxes(), '/')?.into_iter().map(|entry| {
            let mut wire = Vec::new();
            encode::response(&Response::List(entry), &mut wire);
            let line = String::from_utf8(wire).unwrap();
            line.trim_end().replace("* LIST ", "").replace(" \"/\"", "").replace('"', "")
        });
        Ok(told.collect())
    }

    #[test]
    fn as_in_rfc5258_5() {
        assert_eq!(
            told("LIST \"\" %").unwrap(),
            [
                "(\\Noselect \\HasChildren) Fruit",
                "(\\HasNoChildren) INBOX",
                "(\\HasNoChildren \\Sent) Tofu",
                "(\\HasChildren) Vegetable"
            ]
        );
        assert_eq!(
            told("LIST (SUBSCRIBED) \"\" *").unwrap(),
            [
                "(\\Subscribed) Fruit/Banana",
                "(\\NonExistent \\Subscribed) Fruit/Peach",
                "(\\Subscribed) INBOX",
                "(\\Subscribed) Vegetable",
                "(\\Subscribed) Vegetable/Broccoli"
            ]
        );
        assert_eq!(
            told("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %").unwrap(),
            [
                "(\\NonExistent) Fruit (CHILDINFO (SUBSCRIBED))",
                "(\\Subscribed) INBOX",
                "(\\Subscribed) Vegetable (CHILDINFO (SUBSCRIBED))"
            ]
        );
        assert_eq!(
            told("LIST \"\" (INBOX Tofu Vegetable/%) RETURN (CHILDREN SPECIAL-USE SUBSCRIBED)")
                .unwrap(),
            [
                "(\\Subscribed \\HasNoChildren) INBOX",
                "(\\HasNoChildren \\Sent) Tofu",
                "(\\Subscribed \\HasNoChildren) Vegetable/Broccoli",
                "(\\HasNoChildren) Vegetable/Corn"
            ]
        );
        assert_eq!(told("LIST (SPECIAL-USE) \"\" *").unwrap(), ["(\\Sent) Tofu"]);
        assert_eq!(told("LIST Vegetable/ Corn").unwrap(), ["(\\HasNoChildren) Vegetable/Corn"]);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        assert_eq!(told("LIST (RECURSIVEMATCH) \"\" %"), Err(BadList::NothingToMatch));
        assert_eq!(told("LIST (REMOTE RECURSIVEMATCH) \"\" %"), Err(BadList::NothingToMatch));
        assert_eq!(told("LIST (X-NONE) \"\" %"), Err(BadList::UnknownOption));
        assert_eq!(told("LIST \"\" % RETURN (X-NONE)"), Err(BadList::UnknownOption));
    }
}
