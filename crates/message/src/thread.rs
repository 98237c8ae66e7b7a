//! Threads: which messages answer which (RFC 5256), and keys to sort by.
//!
//! Pure functions over what the caller has read of each message; nothing is recursive, and all is
//! `n log n` in the messages and their references.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The base subject (RFC 5256 section 2.1), and whether it was that of a reply or a forward.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseSubject {
    /// The subject without what mailers add. Compare it without regard to case.
    pub base: String,
    /// Whether something was removed that says reply or forward.
    pub is_reply: bool,
}

/// Removes from a decoded subject what mailers add: `Re:`, `Fwd:`, `[list]`, `(fwd)`.
///
/// ```
/// use mailwire_message::thread::base_subject;
///
/// let subject = base_subject("Re: [list] Fwd:  hello\tworld (fwd)");
/// assert_eq!((&*subject.base, subject.is_reply), ("hello world", true));
/// assert!(!base_subject("[list] hello").is_reply);
/// ```
#[must_use]
pub fn base_subject(subject: &str) -> BaseSubject {
    // (1) Tabs and continuations to spaces, spaces to one.
    let mut squeezed = String::with_capacity(subject.len());
    for word in subject.split([' ', '\t', '\r', '\n']) {
        if word.is_empty() {
            continue;
        }
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    let (mut rest, mut is_reply) = (&*squeezed, false);
    // (6) Every turn removes a `[fwd: ... ]`.
    loop {
        // (2) Trailers.
        loop {
            let trimmed = rest.trim_end_matches(' ');
            match trimmed.len().checked_sub(5).and_then(|at| trimmed.split_at_checked(at)) {
                Some((head, tail)) if tail.eq_ignore_ascii_case("(fwd)") => {
                    (rest, is_reply) = (head, true);
                }
                _ => {
                    rest = trimmed;
                    break;
                }
            }
        }
        // (3)-(5) Leaders and blobs; every turn removes one.
        loop {
            if let Some(after) = leader(rest) {
                (rest, is_reply) = (after, true);
            } else if let Some(after) = blob(rest).filter(|after| !after.is_empty()) {
                rest = after;
            } else {
                break;
            }
        }
        let inner = rest
            .get(..5)
            .filter(|head| head.eq_ignore_ascii_case("[fwd:"))
            .and_then(|_| rest.get(5..)?.strip_suffix(']'));
        match inner {
            Some(inner) => (rest, is_reply) = (inner.trim_matches(' '), true),
            None => return BaseSubject { base: rest.into(), is_reply },
        }
    }
}

/// ```abnf
/// subj-leader  = (*subj-blob subj-refwd) / WSP
/// subj-refwd   = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
/// ```
///
/// A blob in front of `Re:` is removed as a blob first, which comes to the same.
fn leader(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(' ') {
        return Some(rest);
    }
    let word = ["fwd", "fw", "re"]
        .into_iter()
        .find(|word| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word)))?;
    let rest = text.get(word.len()..)?.trim_start_matches(' ');
    let rest = blob(rest).unwrap_or(rest);
    rest.strip_prefix(':')
}

/// ```abnf
/// subj-blob       = "[" *BLOBCHAR "]" *WSP
/// ```
fn blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    Some(inner.get(end..)?.strip_prefix(']')?.trim_start_matches(' '))
}

/// What threading needs to know of a message.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// What the caller calls it: a sequence number or a UID.
    pub id: u32,
    /// When it was sent, in seconds since 1970: the Date field, else the internal date.
    pub date: i64,
    /// The decoded subject.
    pub subject: &'a str,
    /// Its Message-ID without angle brackets; empty when it has none.
    pub message_id: &'a str,
    /// The identifiers in References, else the first in In-Reply-To.
    pub references: &'a [&'a str],
}

/// Threads as a list of nodes in the order that they are shown, each behind its parent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Threads {
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// A place in a thread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Node {
    /// How deep it is: 0 begins a thread.
    pub depth: usize,
    /// The message; none where one is missing that others answer.
    pub id: Option<u32>,
}

impl Threads {
    /// The threads as IMAP writes them (RFC 5256 section 4): `(2)(3 6 (4 23)(44 7 96))`.
    #[must_use]
    pub fn to_imap(&self) -> String {
        use core::fmt::Write as _;
        let mut out = String::new();
        // The depth at which each open parenthesis was written.
        let mut open: Vec<usize> = Vec::new();
        let siblings = self.siblings();
        for (at, (node, &has_sibling)) in self.nodes.iter().zip(&siblings).enumerate() {
            let before = at.checked_sub(1).and_then(|at| self.nodes.get(at));
            while open.last().is_some_and(|&depth| depth >= node.depth) {
                open.pop();
                out.push(')');
            }
            // A child alone stands in the parentheses of its parent; of several each has its own.
            let alone = node.depth > 0
                && before.is_some_and(|before| before.depth + 1 == node.depth)
                && !has_sibling;
            if !alone {
                if before.is_some_and(|before| before.depth < node.depth && before.id.is_some()) {
                    out.push(' ');
                }
                out.push('(');
                open.push(node.depth);
            } else if before.is_some_and(|before| before.id.is_some()) {
                out.push(' ');
            }
            if let Some(id) = node.id {
                let _ = write!(out, "{id}");
            }
        }
        out.extend(open.iter().map(|_| ')'));
        out
    }

    /// Whether each node has another child of its parent behind it.
    fn siblings(&self) -> Vec<bool> {
        let mut found = alloc::vec![false; self.nodes.len()];
        // The depths behind a node at which something begins that it does not hold.
        let mut behind: Vec<usize> = Vec::new();
        for (node, found) in self.nodes.iter().zip(&mut found).rev() {
            while behind.last().is_some_and(|&depth| depth > node.depth) {
                behind.pop();
            }
            if behind.last() == Some(&node.depth) {
                *found = true;
            } else {
                behind.push(node.depth);
            }
        }
        found
    }
}

/// ORDEREDSUBJECT: messages of one base subject are a thread, its first message by date the parent
/// of all others (RFC 5256 section 3).
#[must_use]
pub fn ordered_subject(items: &[Item<'_>]) -> Threads {
    let mut threads: BTreeMap<String, Vec<(i64, u32)>> = BTreeMap::new();
    for item in items {
        let base = base_subject(item.subject).base.to_lowercase();
        threads.entry(base).or_default().push((item.date, item.id));
    }
    let mut threads: Vec<_> = threads.into_values().collect();
    for thread in &mut threads {
        thread.sort_unstable();
    }
    threads.sort_unstable_by_key(|thread| thread.first().copied());
    let nodes = threads.iter().flat_map(|thread| {
        let node = |(at, &(_, id)): (usize, &(i64, u32))| Node {
            depth: usize::from(at > 0),
            id: Some(id),
        };
        thread.iter().enumerate().map(node)
    });
    Threads { nodes: nodes.collect() }
}

/// No node.
const NONE: usize = usize::MAX;

#[derive(Clone, Debug)]
struct Container {
    /// The place of its message among the items.
    item: usize,
    parent: usize,
    children: Vec<usize>,
    /// When its first message was sent, for what is missing that of its first child.
    date: (i64, u32),
}

/// REFERENCES: messages are threaded by what they refer to, then by their subjects (RFC 5256
/// section 3, after Jamie Zawinski).
///
/// ```
/// use mailwire_message::thread::{Item, references};
///
/// let one = Item { id: 1, date: 1, subject: "x", message_id: "a@b", references: &[] };
/// let two = Item { id: 2, date: 2, subject: "Re: x", message_id: "c@d", references: &["a@b"] };
/// assert_eq!(references(&[one, two]).to_imap(), "(1 2)");
/// ```
#[must_use]
pub fn references(items: &[Item<'_>]) -> Threads {
    let mut forest = Forest::new(items);
    forest.link(items);
    let roots = forest.prune();
    let roots = forest.by_subject(roots, items);
    forest.nodes(roots, items)
}

struct Forest {
    containers: Vec<Container>,
}

impl Forest {
    fn new(items: &[Item<'_>]) -> Self {
        Self { containers: Vec::with_capacity(items.len()) }
    }

    fn add(&mut self, item: usize) -> usize {
        self.containers.push(Container {
            item,
            parent: NONE,
            children: Vec::new(),
            date: (i64::MAX, u32::MAX),
        });
        self.containers.len() - 1
    }

    fn at(&self, n: usize) -> Option<&Container> {
        self.containers.get(n)
    }

    fn parent(&self, n: usize) -> usize {
        self.at(n).map_or(NONE, |container| container.parent)
    }

    /// Step 1: every message and every reference a container, each below what it refers to.
    fn link(&mut self, items: &[Item<'_>]) {
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        let mut own = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            // A second message of the same identifier, or one without, stands for itself.
            let mut id = item.message_id;
            if id.is_empty() || known.contains_key(id) {
                id = "";
            }
            let container = self.add(n);
            if !id.is_empty() {
                known.insert(id, container);
            }
            own.push(container);
        }
        // Links are made in one direction only, and a loop is looked for with a union-find, so
        // that chains of any length cost no more than their length.
        let mut roots = Roots::default();
        for (item, &container) in items.iter().zip(&own) {
            let mut before = NONE;
            for &reference in item.references {
                let next = match known.get(reference) {
                    Some(&next) => next,
                    None => {
                        let next = self.add(NONE);
                        known.insert(reference, next);
                        next
                    }
                };
                // What is linked already stays so; what would make a loop is left out.
                if before != NONE && self.parent(next) == NONE {
                    self.put_below(next, before, &mut roots);
                }
                before = next;
            }
            // What it refers to itself counts more than what others said of it.
            if before != NONE && self.parent(container) != before {
                self.put_below(container, before, &mut roots);
            }
        }
        for n in 0..self.containers.len() {
            let parent = self.parent(n);
            if let Some(parent) = self.containers.get_mut(parent) {
                parent.children.push(n);
            }
        }
    }

    fn put_below(&mut self, child: usize, parent: usize, roots: &mut Roots) {
        if child != parent && !roots.joined(child, parent) {
            roots.join(child, parent);
            self.set_parent(child, parent);
        } else if child != parent && !self.is_above(child, parent) {
            self.set_parent(child, parent);
        }
    }

    fn set_parent(&mut self, child: usize, parent: usize) {
        if let Some(child) = self.containers.get_mut(child) {
            child.parent = parent;
        }
    }

    /// Whether one is above, or is, the other. Looks no further than threads are deep in mail.
    fn is_above(&self, one: usize, other: usize) -> bool {
        let mut at = other;
        for _ in 0..DEEPEST {
            if at == one {
                return true;
            }
            if at == NONE {
                return false;
            }
            at = self.parent(at);
        }
        true
    }

    /// Steps 2 and 3: what is missing and has no children goes; what is missing and stands below
    /// another gives it its children; what is missing on top stays when it has several.
    fn prune(&mut self) -> Vec<usize> {
        let order = self.top_down();
        for &n in order.iter().rev() {
            let Some(container) = self.containers.get_mut(n) else { continue };
            let children = core::mem::take(&mut container.children);
            let mut kept = Vec::new();
            for child in children {
                let Some(inner) = self.containers.get_mut(child) else { continue };
                match inner.item == NONE {
                    true => {
                        // The longer takes the shorter: what is deep is not copied at each level.
                        if inner.children.len() > kept.len() {
                            core::mem::swap(&mut kept, &mut inner.children);
                        }
                        kept.append(&mut inner.children);
                    }
                    false => kept.push(child),
                }
            }
            if let Some(container) = self.containers.get_mut(n) {
                container.children = kept;
            }
        }
        for n in 0..self.containers.len() {
            let Some(container) = self.containers.get_mut(n) else { continue };
            let children = core::mem::take(&mut container.children);
            for &child in &children {
                self.set_parent(child, n);
            }
            if let Some(container) = self.containers.get_mut(n) {
                container.children = children;
            }
        }
        let mut roots = Vec::new();
        for n in 0..self.containers.len() {
            let Some(container) = self.at(n) else { continue };
            if container.parent != NONE {
                continue;
            }
            match (container.item == NONE, &*container.children) {
                (true, []) => {}
                (true, &[only]) => {
                    roots.push(only);
                    // It is on top itself.
                    self.set_parent(only, NONE);
                }
                _ => roots.push(n),
            }
        }
        // Containers whose parent went with them are not on top.
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// Every container behind its parent.
    fn top_down(&self) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::with_capacity(self.containers.len());
        order.extend((0..self.containers.len()).filter(|&n| self.parent(n) == NONE));
        let mut at = 0;
        // Every turn takes one of the order, and every container comes into it once.
        while let Some(&n) = order.get(at) {
            order.extend_from_slice(self.at(n).map_or(&[][..], |c| &c.children));
            at += 1;
        }
        order
    }

    /// Steps 4 and 5: threads of one base subject become one.
    fn by_subject(&mut self, mut roots: Vec<usize>, items: &[Item<'_>]) -> Vec<usize> {
        self.dates(&roots, items);
        roots.sort_unstable_by_key(|&n| self.at(n).map(|c| c.date));
        let subject = |forest: &Self, n: usize| {
            let item = forest.first_item(n).and_then(|item| items.get(item));
            base_subject(item.map_or("", |item| item.subject))
        };
        // (B) Of each subject the thread that the others go into.
        let mut table: BTreeMap<String, (usize, bool)> = BTreeMap::new();
        let mut subjects = Vec::with_capacity(roots.len());
        for &n in &roots {
            let found = subject(self, n);
            let key = found.base.to_lowercase();
            if !key.is_empty() {
                let missing = self.at(n).is_some_and(|c| c.item == NONE);
                match table.get(&key) {
                    Some(&(other, reply)) => {
                        let other_missing = self.at(other).is_some_and(|c| c.item == NONE);
                        if (missing && !other_missing)
                            || (reply && !found.is_reply && !other_missing)
                        {
                            table.insert(key.clone(), (n, found.is_reply));
                        }
                    }
                    None => {
                        table.insert(key.clone(), (n, found.is_reply));
                    }
                }
            }
            subjects.push((key, found.is_reply));
        }
        // (C) The others go into it.
        let mut merged: Vec<usize> = Vec::with_capacity(roots.len());
        let mut dummies: BTreeMap<usize, usize> = BTreeMap::new();
        for (&n, (key, is_reply)) in roots.iter().zip(&subjects) {
            let Some(&(other, other_reply)) = table.get(key).filter(|(other, _)| *other != n)
            else {
                merged.push(n);
                continue;
            };
            let missing = |forest: &Self, n: usize| forest.at(n).is_some_and(|c| c.item == NONE);
            match (missing(self, n), missing(self, other)) {
                (true, true) => {
                    let children =
                        self.containers.get_mut(n).map(|c| core::mem::take(&mut c.children));
                    for child in children.unwrap_or_default() {
                        self.move_below(child, other);
                    }
                }
                (_, true) => self.move_below(n, other),
                _ if *is_reply && !other_reply => self.move_below(n, other),
                _ => {
                    // Both are beginnings, or both are not: beside each other below a new one.
                    let dummy = match dummies.get(&other) {
                        Some(&dummy) => dummy,
                        None => {
                            let dummy = self.add(NONE);
                            dummies.insert(other, dummy);
                            self.move_below(other, dummy);
                            dummy
                        }
                    };
                    self.move_below(n, dummy);
                }
            }
        }
        let mut roots: Vec<usize> =
            merged.into_iter().map(|n| dummies.get(&n).copied().unwrap_or(n)).collect();
        self.dates(&roots, items);
        roots.sort_unstable_by_key(|&n| self.at(n).map(|c| c.date));
        roots
    }

    fn move_below(&mut self, child: usize, parent: usize) {
        self.set_parent(child, parent);
        if let Some(parent) = self.containers.get_mut(parent) {
            parent.children.push(child);
        }
    }

    /// The first message of a thread.
    fn first_item(&self, n: usize) -> Option<usize> {
        let container = self.at(n)?;
        match container.item {
            NONE => {
                let first = *container.children.first()?;
                self.at(first).map(|c| c.item).filter(|&item| item != NONE)
            }
            item => Some(item),
        }
    }

    /// Gives every container its date and sorts children by it.
    fn dates(&mut self, roots: &[usize], items: &[Item<'_>]) {
        let mut order = roots.to_vec();
        let mut at = 0;
        while let Some(&n) = order.get(at) {
            order.extend_from_slice(self.at(n).map_or(&[][..], |c| &c.children));
            at += 1;
        }
        for &n in order.iter().rev() {
            let Some(container) = self.containers.get_mut(n) else { continue };
            let mut children = core::mem::take(&mut container.children);
            let item = items.get(container.item).map(|item| (item.date, item.id));
            children.sort_unstable_by_key(|&child| self.at(child).map(|c| c.date));
            let first = children.first().and_then(|&child| self.at(child)).map(|c| c.date);
            if let Some(container) = self.containers.get_mut(n) {
                container.children = children;
                container.date = item.or(first).unwrap_or((i64::MAX, u32::MAX));
            }
        }
    }

    fn nodes(&self, roots: Vec<usize>, items: &[Item<'_>]) -> Threads {
        let mut open: Vec<(usize, usize)> = roots.into_iter().rev().map(|n| (n, 0)).collect();
        let mut nodes = Vec::with_capacity(items.len());
        // Every turn takes a container.
        while let Some((n, depth)) = open.pop() {
            let Some(container) = self.at(n) else { continue };
            nodes.push(Node { depth, id: items.get(container.item).map(|item| item.id) });
            open.extend(container.children.iter().rev().map(|&child| (child, depth + 1)));
        }
        Threads { nodes }
    }
}

/// How far up is looked for a loop; what is deeper is linked no further.
const DEEPEST: usize = 1000;

/// Which containers hang together: a union-find.
#[derive(Default)]
struct Roots(Vec<usize>);

impl Roots {
    fn root(&mut self, n: usize) -> usize {
        let start = self.0.len();
        self.0.extend(start..=n.max(start));
        let mut at = n;
        // Every turn goes up, and halves the way for the next time.
        while let Some(&up) = self.0.get(at).filter(|&&up| up != at) {
            let further = self.0.get(up).copied().unwrap_or(up);
            if let Some(place) = self.0.get_mut(at) {
                *place = further;
            }
            at = further;
        }
        at
    }

    fn joined(&mut self, one: usize, other: usize) -> bool {
        self.root(one) == self.root(other)
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(place) = self.0.get_mut(one) {
            *place = other;
        }
    }
}

#[cfg(test)]
mod tests;
