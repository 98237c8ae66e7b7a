//! A simulated mailbox that a server and many clients share.
//!
//! Messages come, change and go, connections end at any time and are resumed in every way: each
//! client ends with the server's picture.

use mailwire_imap::model::{Change, Offers, Opening, Remembered, Selected, Step, opening, steps};
use mailwire_imap::types::{
    Code, Condition, Fetch, FetchData, Flags, NumberSet, Response, State, Vanished,
};
use mailwire_imap::view::{Update, View};
use std::collections::BTreeMap;

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
        let session = self.session.as_mut().expect("a session");
        let message = server.messages[&uid];
        let data = server.fetch(uid).into();
        let response = match self.way {
            Way::UidOnly => Response::UidFetch(Fetch { seq: uid, data }),
            _ => Response::Fetch(Fetch { seq, data }),
        };
        let change = session.selected.see(&response).expect("no contradiction");
        let Change::Fetched { uid: Some(told), .. } = change else { panic!("{change:?}") };
        assert_eq!(told, uid);
        self.kept.insert(uid, message.flags);
    }

    fn seq(&self, uid: u32) -> u32 {
        let view = &self.session.as_ref().expect("a session").view;
        view.seq(uid).expect("a message of the view")
    }

    fn see(&mut self, response: &Response<'_>) -> Change {
        let change = self
            .session
            .as_mut()
            .expect("a session")
            .selected
            .see(response)
            .expect("no contradiction");
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
        self.session.as_mut().expect("a session").selected.completed(&condition);
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

        let exists = number(server.messages.len());
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
                self.fetched(server, self.seq(uid), uid);
            }
        }
        self.completed(Some(Code::ReadWrite));

        let todo = steps(
            self.remembered.as_ref(),
            &how,
            &self.session.as_ref().expect("a session").selected,
        );
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
                assert!(self.session.as_mut().expect("a session").selected.listed(&set));
            }
            Step::Flags { changed_since, .. } => {
                if changed_since.is_none() {
                    self.kept.retain(|uid, _| !wanted.contains(*uid, 0) || there.contains(uid));
                }
                for uid in there {
                    if server.messages[&uid].modseq > changed_since.unwrap_or(0) {
                        self.fetched(server, self.seq(uid), uid);
                    }
                }
                self.completed(None);
            }
            Step::New { .. } => {
                for uid in there {
                    self.fetched(server, self.seq(uid), uid);
                }
                self.completed(None);
            }
            other => panic!("{other:?}"),
        }
    }

    /// NOOP: hears what happened, and fetches what is new.
    fn poll(&mut self, server: &Server) {
        let updates = self.session.as_mut().expect("a session").view.tell(true);
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
        let selected = &self.session.as_ref().expect("a session").selected;
        assert_eq!(selected.validity(), Some(server.validity));
        let modseq = (self.way != Way::Plain).then_some(server.modseq);
        assert_eq!(selected.modseq(), modseq, "{:?}", self.way);
        if self.way == Way::UidOnly {
            assert_eq!(selected.messages().len() as usize, there.len());
        }
        for (at, uid) in there.keys().enumerate() {
            let seq = number(at) + 1;
            let known = selected.messages().uid(seq);
            assert_eq!(known, Some(*uid), "{:?}", self.way);
        }
        assert_eq!(selected.messages().len() as usize, there.len());
    }
}

/// Changes a mailbox so many times, as the numbers say that `below` gives (each below its
/// argument), with eight clients, two for each way to keep up. Checks each picture of each client.
///
/// # Panics
///
/// When a client has another picture than the server, or loses count.
pub fn simulate(turns: usize, below: &mut dyn FnMut(u32) -> u32) {
    let mut server =
        Server { validity: 1, next: 1, modseq: 1, messages: BTreeMap::new(), gone: Vec::new() };
    let ways = [Way::Plain, Way::CondStore, Way::QResync, Way::UidOnly];
    let fresh = |way| Client { way, remembered: None, kept: BTreeMap::new(), session: None };
    let mut clients: Vec<Client> = ways.into_iter().chain(ways).map(fresh).collect();
    for _ in 0..turns {
        let one = |server: &Server, below: &mut dyn FnMut(u32) -> u32| {
            let n = below(number(server.messages.len()));
            server.messages.keys().nth(n as usize).copied()
        };
        match below(12) {
            0..=3 => {
                let uid = server.next + below(3);
                server.next = uid + 1;
                server.change(uid, 0);
                views(&mut clients).for_each(|view| view.added(uid));
            }
            4..=5 => {
                if let Some(uid) = one(&server, below) {
                    server.remove(uid);
                    views(&mut clients).for_each(|view| view.removed(uid));
                }
            }
            6..=7 => {
                if let Some(uid) = one(&server, below) {
                    server.change(uid, below(100));
                    views(&mut clients).for_each(|view| view.changed(uid));
                }
            }
            8..=10 => {
                let client = &mut clients[below(8) as usize];
                if client.session.is_none() {
                    client.connect(&server);
                    client.check(&server);
                } else if below(4) == 0 {
                    client.disconnect();
                } else {
                    client.poll(&server);
                    client.check(&server);
                }
            }
            // The server loses its index, seldom: everything is numbered anew.
            _ => {
                if below(20) == 0 {
                    server.validity += 1;
                    clients.iter_mut().for_each(Client::disconnect);
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

fn views(clients: &mut [Client]) -> impl Iterator<Item = &mut View> {
    clients.iter_mut().filter_map(|client| Some(&mut client.session.as_mut()?.view))
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("few messages")
}
