//! A simulated server and many simulated clients change a mailbox at random, with connections that
//! end at any time and are resumed in every way: each client ends with the server's picture.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_imap::model::{Change, Offers, Opening, Remembered, Selected, Step, opening, steps};
use mailwire_imap::types::{
    Code, Condition, Fetch, FetchData, Flags, NumberSet, Response, State, Vanished,
};
use mailwire_imap::view::{Update, View};
use std::collections::BTreeMap;

/// One number after the other, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(n.max(1))).unwrap()
    }
}

/// A message: its flags as a number, and the mod-sequence of its last change.
#[derive(Clone, Copy)]
struct Message {
    flags: u32,
    modseq: u64,
}

struct Server {
    validity: u32,
    next: u32,
    modseq: u64,
    messages: BTreeMap<u32, Message>,
    /// Who left, and when.
    gone: Vec<(u32, u64)>,
}

/// How a client keeps up.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Plain,
    CondStore,
    QResync,
    UidOnly,
}

struct Session {
    view: View,
    selected: Selected,
}

struct Client {
    way: Way,
    remembered: Option<Remembered>,
    /// What is kept: flags by unique identifier.
    kept: BTreeMap<u32, u32>,
    session: Option<Session>,
}

impl Server {
    fn change(&mut self, uid: u32, flags: u32) {
        self.modseq += 1;
        let message = Message { flags, modseq: self.modseq };
        self.messages.insert(uid, message);
    }

    fn remove(&mut self, uid: u32) {
        self.modseq += 1;
        self.messages.remove(&uid);
        self.gone.push((uid, self.modseq));
    }

    fn fetch(&self, uid: u32) -> Vec<FetchData<'static>> {
        let message = self.messages[&uid];
        vec![
            FetchData::Uid(uid),
            FetchData::ModSeq(message.modseq),
            FetchData::Flags(Flags::default()),
        ]
    }
}

impl Client {
    /// A FETCH response comes; the flags are taken from the server as it is now.
    fn fetched(&mut self, server: &Server, seq: u32, uid: u32) {
        let session = self.session.as_mut().unwrap();
        let message = server.messages[&uid];
        let data = server.fetch(uid).into();
        let response = match self.way {
            Way::UidOnly => Response::UidFetch(Fetch { seq: uid, data }),
            _ => Response::Fetch(Fetch { seq, data }),
        };
        let change = session.selected.see(&response).unwrap();
        let Change::Fetched { uid: Some(told), .. } = change else { panic!("{change:?}") };
        assert_eq!(told, uid);
        self.kept.insert(uid, message.flags);
    }

    fn see(&mut self, response: &Response<'_>) -> Change {
        let change = self.session.as_mut().unwrap().selected.see(response).unwrap();
        if let Change::Expunged { uid: Some(uid), .. } = change {
            self.kept.remove(&uid);
        }
        change
    }

    fn vanished(&mut self, earlier: bool, uids: &[u32]) {
        if uids.is_empty() {
            return;
        }
        let set = NumberSet::of(uids.iter().copied());
        let gone = Response::Vanished(Vanished { earlier, uids: set.clone() });
        assert_eq!(self.see(&gone), Change::Vanished(set.clone()));
        self.kept.retain(|uid, _| !set.contains(*uid, 0));
    }

    fn completed(&mut self, code: Option<Code<'static>>) {
        let mut condition = Condition::new(State::Ok, "done");
        condition.code = code;
        self.session.as_mut().unwrap().selected.completed(&condition);
    }

    /// SELECT, then what is left to ask.
    fn connect(&mut self, server: &Server) {
        let offers = Offers {
            condstore: self.way == Way::CondStore,
            qresync: matches!(self.way, Way::QResync | Way::UidOnly),
        };
        let how = opening(self.remembered.as_ref(), offers);
        let fresh = if self.way == Way::UidOnly { Selected::uid_only() } else { Selected::new() };
        let selected = match (&how, &self.remembered) {
            (Opening::QResync { .. }, Some(remembered)) => fresh.resuming(remembered),
            _ => fresh,
        };
        let view = View::new(server.messages.keys().copied());
        self.session = Some(Session { view, selected });

        let exists = u32::try_from(server.messages.len()).unwrap();
        self.see(&Response::Exists(exists));
        let mut codes = vec![Code::UidValidity(server.validity), Code::UidNext(server.next)];
        match self.way {
            Way::Plain => codes.push(Code::named("NOMODSEQ")),
            _ => codes.push(Code::HighestModSeq(server.modseq)),
        }
        for code in codes {
            self.see(&Response::Condition(Condition::new(State::Ok, "x").with_code(code)));
        }
        if let Opening::QResync { validity, modseq, uids } = &how
            && *validity == server.validity
        {
            let left: Vec<u32> =
                server.gone.iter().filter(|(_, at)| at > modseq).map(|(uid, _)| *uid).collect();
            let left: Vec<u32> = left.into_iter().filter(|uid| uids.contains(*uid, 0)).collect();
            self.vanished(true, &left);
            let changed: Vec<u32> = server
                .messages
                .iter()
                .filter(|(_, m)| m.modseq > *modseq)
                .map(|(uid, _)| *uid)
                .collect();
            for uid in changed {
                let seq = self.session.as_ref().unwrap().view.seq(uid).unwrap();
                self.fetched(server, seq, uid);
            }
        }
        self.completed(Some(Code::ReadWrite));

        let todo = steps(self.remembered.as_ref(), &how, &self.session.as_ref().unwrap().selected);
        for step in todo {
            self.take(server, &step);
        }
    }

    fn take(&mut self, server: &Server, step: &Step) {
        let wanted = step.uids();
        let last = server.messages.keys().next_back().copied().unwrap_or(0);
        let there: Vec<u32> =
            server.messages.keys().copied().filter(|uid| wanted.contains(*uid, last)).collect();
        match step {
            Step::Forget => self.kept.clear(),
            Step::Which => {
                self.kept.retain(|uid, _| there.contains(uid));
                let set = NumberSet::of(there.iter().copied());
                assert!(self.session.as_mut().unwrap().selected.listed(&set));
            }
            Step::Flags { changed_since, .. } => {
                if changed_since.is_none() {
                    self.kept.retain(|uid, _| !wanted.contains(*uid, 0) || there.contains(uid));
                }
                for uid in there {
                    if server.messages[&uid].modseq > changed_since.unwrap_or(0) {
                        let seq = self.session.as_ref().unwrap().view.seq(uid).unwrap();
                        self.fetched(server, seq, uid);
                    }
                }
                self.completed(None);
            }
            Step::New { .. } => {
                for uid in there {
                    let seq = self.session.as_ref().unwrap().view.seq(uid).unwrap();
                    self.fetched(server, seq, uid);
                }
                self.completed(None);
            }
            other => panic!("{other:?}"),
        }
    }

    /// NOOP: hears what happened, and fetches what is new.
    fn poll(&mut self, server: &Server) {
        let updates = self.session.as_mut().unwrap().view.tell(true);
        let mut arrived = false;
        let mut flags = Vec::new();
        for update in updates {
            match update {
                Update::Expunge { uid, .. } if self.way == Way::UidOnly => {
                    self.vanished(false, &[uid]);
                }
                Update::Expunge { seq, .. } => drop(self.see(&Response::Expunge(seq))),
                Update::Exists(n) => {
                    arrived = true;
                    self.see(&Response::Exists(n));
                }
                Update::Flags { seq, uid } => flags.push((seq, uid)),
            }
        }
        for (seq, uid) in flags {
            self.fetched(server, seq, uid);
        }
        self.completed((self.way != Way::Plain).then_some(Code::HighestModSeq(server.modseq)));
        if arrived {
            let first = self.kept.keys().next_back().map_or(1, |uid| uid + 1);
            self.take(server, &Step::New { first });
        }
    }

    fn disconnect(&mut self) {
        if let Some(session) = self.session.take() {
            self.remembered = session.selected.remember();
        }
    }

    fn check(&self, server: &Server) {
        let there: BTreeMap<u32, u32> =
            server.messages.iter().map(|(uid, m)| (*uid, m.flags)).collect();
        assert_eq!(self.kept, there, "{:?}", self.way);
        let selected = &self.session.as_ref().unwrap().selected;
        assert_eq!(selected.validity(), Some(server.validity));
        let modseq = (self.way != Way::Plain).then_some(server.modseq);
        assert_eq!(selected.modseq(), modseq, "{:?}", self.way);
        if self.way == Way::UidOnly {
            assert_eq!(selected.messages().len() as usize, there.len());
        }
        for (at, uid) in there.keys().enumerate() {
            let seq = u32::try_from(at).unwrap() + 1;
            let known = selected.messages().uid(seq);
            assert_eq!(known, Some(*uid), "{:?}", self.way);
        }
        assert_eq!(selected.messages().len() as usize, there.len());
    }
}

#[test]
fn every_client_ends_with_the_servers_picture() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let mut server =
            Server { validity: 1, next: 1, modseq: 1, messages: BTreeMap::new(), gone: Vec::new() };
        let ways = [Way::Plain, Way::CondStore, Way::QResync, Way::UidOnly];
        let mut clients: Vec<Client> = (0..8)
            .map(|n| Client {
                way: ways[n % 4],
                remembered: None,
                kept: BTreeMap::new(),
                session: None,
            })
            .collect();
        for _ in 0..400 {
            let uids: Vec<u32> = server.messages.keys().copied().collect();
            let pick = |random: &mut Random| {
                uids.get(random.below(u32::try_from(uids.len()).unwrap()) as usize).copied()
            };
            match random.below(12) {
                0..=3 => {
                    let uid = server.next + random.below(3);
                    server.next = uid + 1;
                    server.change(uid, 0);
                    for client in &mut clients {
                        if let Some(session) = &mut client.session {
                            session.view.added(uid);
                        }
                    }
                }
                4..=5 => {
                    if let Some(uid) = pick(&mut random) {
                        server.remove(uid);
                        for client in &mut clients {
                            if let Some(session) = &mut client.session {
                                session.view.removed(uid);
                            }
                        }
                    }
                }
                6..=7 => {
                    if let Some(uid) = pick(&mut random) {
                        let flags = random.below(100);
                        server.change(uid, flags);
                        for client in &mut clients {
                            if let Some(session) = &mut client.session {
                                session.view.changed(uid);
                            }
                        }
                    }
                }
                8..=10 => {
                    let n = random.below(8) as usize;
                    let client = &mut clients[n];
                    if client.session.is_none() {
                        client.connect(&server);
                        client.check(&server);
                    } else if random.below(4) == 0 {
                        client.disconnect();
                    } else {
                        client.poll(&server);
                        client.check(&server);
                    }
                }
                // The server loses its index, seldom: everything is numbered anew.
                _ => {
                    if random.below(20) == 0 {
                        server.validity += 1;
                        for client in &mut clients {
                            client.disconnect();
                        }
                    }
                }
            }
        }
        for client in &mut clients {
            if client.session.is_none() {
                client.connect(&server);
            }
            client.poll(&server);
            client.check(&server);
        }
    }
}
