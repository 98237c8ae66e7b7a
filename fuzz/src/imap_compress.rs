//! A client and a server that compress what they send.

use crate::machine::Choices;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use mailwire_core::{Input, Machine, Wants};
use mailwire_imap::{client, server};
use mailwire_testkit::roles::imap::{Client, Server};
use mailwire_testkit::{Options, Role, Trace};

const ACTIONS: [&str; 9] = [
    "COMPRESS DEFLATE",
    "NOOP",
    "CAPABILITY",
    "SELECT INBOX",
    "FETCH 1:* (FLAGS UID BODY[])",
    "SEARCH OR SUBJECT x NOT SEEN",
    "APPEND INBOX {3+}\\nabc",
    "idle",
    "done",
];

/// A stream: plain, then compressed.
struct Stream {
    compress: Compress,
    decompress: Decompress,
    /// What waits to be compressed, and what of the stream did not arrive yet.
    plain: Vec<u8>,
    wire: Vec<u8>,
    sends_compressed: bool,
    receives_compressed: bool,
}

impl Stream {
    fn new() -> Self {
        Self {
            compress: Compress::new(Compression::fast(), false),
            decompress: Decompress::new(false),
            plain: Vec::new(),
            wire: Vec::new(),
            sends_compressed: false,
            receives_compressed: false,
        }
    }

    /// Takes what a machine sends.
    fn send(&mut self, machine: &mut impl Machine, trace: &mut Trace) -> bool {
        let before = trace.output.len();
        let sent = trace.send(machine) > 0;
        self.plain.extend_from_slice(&trace.output[before..]);
        if !self.sends_compressed {
            self.wire.append(&mut self.plain);
        } else if sent {
            self.wire.reserve(self.plain.len() + 64);
            let mut from = 0;
            // Until there is room left, so that all is flushed.
            loop {
                let before = self.compress.total_in();
                let status = self.compress.compress_vec(
                    &self.plain[from..],
                    &mut self.wire,
                    FlushCompress::Sync,
                );
                assert!(matches!(status, Ok(Status::Ok | Status::BufError)));
                from += usize::try_from(self.compress.total_in() - before).expect("few octets");
                if self.wire.len() < self.wire.capacity() {
                    break;
                }
                self.wire.reserve(64);
            }
            assert_eq!(from, self.plain.len());
            self.plain.clear();
        }
        sent
    }

    /// Moves so many octets of the stream to a machine.
    fn arrive(&mut self, most: usize, rx: &mut Input) -> bool {
        let n = most.min(self.wire.len());
        let piece: Vec<u8> = self.wire.drain(..n).collect();
        self.unpack(&piece, rx);
        n > 0
    }

    fn unpack(&mut self, piece: &[u8], rx: &mut Input) {
        if !self.receives_compressed {
            return rx.extend(piece);
        }
        let mut from = 0;
        let mut out = Vec::with_capacity(256);
        // Every turn reads something or gives something.
        loop {
            let before = (self.decompress.total_in(), self.decompress.total_out());
            let flush = FlushDecompress::None;
            let status = self.decompress.decompress_vec(&piece[from..], &mut out, flush);
            status.expect("what was compressed");
            from += usize::try_from(self.decompress.total_in() - before.0).expect("few octets");
            rx.extend(&out);
            out.clear();
            if before == (self.decompress.total_in(), self.decompress.total_out()) {
                return;
            }
        }
    }
}

/// The client joined to the server by a stream that is compressed once they agree: the same happens
/// as when it is not, wherever it is cut; also where compressed octets come together with the OK.
pub fn imap_compress(data: &[u8]) {
    let mut choices = Choices(data);
    let mut options = Options::new();
    options.insert("compress".into(), "offered".into());
    options.insert("plaintext".into(), "allowed".into());
    let sizes = [choices.below(40) + 1, choices.below(90) + 1];
    let mut actions = vec!["login ann pass"];
    actions.extend(choices.actions(&ACTIONS, 30));
    let cut = joined(&options, &actions, sizes);
    let whole = joined(&options, &actions, [usize::MAX; 2]);
    assert_eq!(cut, whole, "the same however it is cut");
    let plain = crate::machine::pair::<Client, Server>(&options, &actions, &sizes);
    assert_eq!(cut[0].events, plain.client.events, "the same without compression");
    assert_eq!(cut[1].events, plain.server.events, "the same without compression");
}

fn joined(options: &Options, actions: &[&str], sizes: [usize; 2]) -> [Trace; 2] {
    let (mut client_role, mut client) = Client::start(options);
    let (mut server_role, mut server) = Server::start(options);
    let (mut from_client, mut from_server) = (Input::default(), Input::default());
    let (mut up, mut down) = (Stream::new(), Stream::new());
    let mut traces = [Trace::default(), Trace::default()];
    let mut actions = actions.iter();
    // Every turn moves something, or does an action, or is the last.
    loop {
        let [client_trace, server_trace] = &mut traces;
        receive(&mut client_role, &mut client, &mut from_server, client_trace);
        receive(&mut server_role, &mut server, &mut from_client, server_trace);
        let mut moved = up.send(&mut client, client_trace) | down.send(&mut server, server_trace);
        // Each when it is ready: the server may go on before the client has seen its OK.
        if server.wants() == Wants::Deflate {
            started(
                server::Connection::deflate_started(&mut server, &mut from_client),
                &mut up,
                &mut from_client,
            );
            down.sends_compressed = true;
            moved = true;
        }
        if client.wants() == Wants::Deflate {
            started(
                client::Connection::deflate_started(&mut client, &mut from_server),
                &mut down,
                &mut from_server,
            );
            up.sends_compressed = true;
            moved = true;
        }
        moved |= up.arrive(sizes[0], &mut from_client) | down.arrive(sizes[1], &mut from_server);
        if moved {
            continue;
        }
        let Some(action) = actions.next() else { break };
        // What does not fit is refused.
        let _ = client_role.act(&mut client, action);
    }
    traces.iter_mut().for_each(Trace::end_body);
    traces
}

/// What came with the OK is compressed already.
fn started<E: std::fmt::Debug>(left: Result<Vec<u8>, E>, from: &mut Stream, rx: &mut Input) {
    let left = left.expect("it is wanted");
    from.receives_compressed = true;
    from.unpack(&left, rx);
}

fn receive<R: Role>(role: &mut R, machine: &mut R::Machine, rx: &mut Input, trace: &mut Trace) {
    while let Ok(Some(event)) = machine.receive(rx) {
        let seen = role.see(machine, event);
        trace.note(seen);
    }
}
