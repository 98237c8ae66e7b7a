//! What all machines have in common: what drivers and the test kit are written against.

use crate::{Input, Misuse, Output, Wait};

/// Why there is no event: what a machine needs before it can go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Wants {
    /// More bytes from the peer: read into the [`Input`], or close it.
    Input,
    /// The application's answer to the last event.
    Reply,
    /// What may be sent of its [`Output`] to be sent: it takes no more input until then.
    Flush,
    /// A TLS handshake, then [`Machine::tls_started`]. The output is flushed already.
    Tls,
    /// The stream to be compressed from here on, in both directions (IMAP's COMPRESS, RFC 4978). The
    /// output is flushed already.
    Deflate,
    /// The other role to take the stream, which stays open (ATRN, RFC 2645): this machine is done with
    /// it, and what its [`Input`] holds is the other's. The output is flushed already.
    Turn,
    /// Nothing: the connection is over, and its output flushed. Close the transport.
    Close,
}

/// Whether the transport under a machine is private.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Security {
    /// Anyone on the path may read and change the bytes.
    #[default]
    Plain,
    /// TLS, or something as good (a Unix socket).
    Tls,
}

impl Security {
    /// Whether a SASL mechanism can be offered here, by its name: one that ends in `-PLUS` is bound
    /// to TLS, so there must be TLS.
    #[must_use]
    pub fn allows(self, mechanism: &str) -> bool {
        let name = mechanism.as_bytes();
        let plus = name.len().checked_sub(5).and_then(|at| name.get(at..));
        self == Self::Tls || !plus.is_some_and(|plus| plus.eq_ignore_ascii_case(b"-PLUS"))
    }
}

/// One side of one connection, as a pure state machine.
///
/// The whole contract of a driver:
///
/// ```
/// use mailwire_core::{Buf, Input, Machine, Wants};
/// use std::io::{Read, Write};
///
/// fn drive<M: Machine<Error: Send + Sync + 'static>>(
///     io: &mut (impl Read + Write),
///     machine: &mut M,
///     mut on: impl for<'i> FnMut(&mut M, M::Event<'i>),
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let mut rx = Input::default();
///     loop {
///         // `on` may reply, send, or do nothing.
///         while let Some(event) = machine.receive(&mut rx)? {
///             on(machine, event);
///         }
///         while machine.output().has_remaining() {
///             let n = io.write(machine.output().chunk())?;
///             machine.output().advance(n);
///         }
///         match machine.wants() {
///             Wants::Flush => {}
///             Wants::Input => match io.read(rx.spare(16 * 1024))? {
///                 0 => rx.close(),
///                 n => rx.filled(n),
///             },
///             // Wants::Tls: do the handshake, then machine.tls_started(&mut rx).
///             // Wants::Reply: wait for the application, if `on` put its answer off.
///             _ => return Ok(()),
///         }
///     }
/// }
/// ```
///
/// # Laws
///
/// Each machine keeps these, and the test kit checks each for each machine:
///
/// 1. *Chunks.* However the input is cut, the events are the same (pieces of a body joined), and
///    so is the output.
/// 2. *Linear.* Work is proportional to bytes received plus bytes sent.
/// 3. *Bounded.* `rx.len()` need never exceed the longest frame and one read;
///    [`Output::queued`] stops growing at a limit and one response, because
///    [`receive`](Self::receive) returns `None` with [`Wants::Flush`] until it is sent.
/// 4. *Order-free.* Every method may be called at any time; one that does not fit returns
///    [`Misuse`](crate::Misuse) and changes nothing.
/// 5. *Dead is dead.* After an error `receive` returns the same error; what should still be said
///    to the peer is in the output.
/// 6. *Deterministic.* No clock, no randomness, no hash order.
pub trait Machine {
    /// What the peer did, borrowed from the [`Input`] alone.
    type Event<'i>;

    /// Why the connection cannot go on.
    type Error: core::error::Error + Clone + PartialEq;

    /// The next event; with `None`, [`wants`](Self::wants) says why there is none.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on; the error stays.
    fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Self::Event<'i>>, Self::Error>;

    /// What is to be sent.
    fn output(&mut self) -> &mut Output;

    /// What the machine needs before it can go on.
    fn wants(&self) -> Wants;

    /// What the peer owes and how long it may take; `None` when it owes nothing.
    fn wait(&self) -> Option<Wait>;

    /// Says that the [`Wait`] is over: the machine takes leave (421, `* BYE`, `QUIT`) and wants to
    /// be flushed and closed.
    fn expire(&mut self);

    /// Says that the TLS handshake is done and that `rx` will be fed decrypted bytes from here on.
    ///
    /// # Errors
    ///
    /// When `rx` holds anything, so that bytes sent in the clear can never be taken for bytes sent
    /// under TLS (CVE-2011-0411), and on misuse: no upgrade was agreed, or the output is not
    /// flushed.
    fn tls_started(&mut self, rx: &mut Input) -> Result<(), Self::Error>;
}

/// Makes a type a [`Machine`] by the methods that it has under the same names, so that whoever uses
/// one machine need not import the trait.
///
/// ```
/// use mailwire_core::{Input, Machine, Misuse, Output, Wait, Wants};
///
/// /// Tells of each octet.
/// #[derive(Default)]
/// struct Octets(Output);
///
/// impl Octets {
///     fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<u8>, Misuse> {
///         let octet = rx.unread().first().copied();
///         rx.take(usize::from(octet.is_some()));
///         Ok(octet)
///     }
///     fn output(&mut self) -> &mut Output {
///         &mut self.0
///     }
///     fn wants(&self) -> Wants {
///         Wants::Input
///     }
///     fn wait(&self) -> Option<Wait> {
///         None
///     }
///     fn expire(&mut self) {}
///     fn tls_started(&mut self, _: &mut Input) -> Result<(), Misuse> {
///         Err(Misuse::NotUpgrading)
///     }
/// }
///
/// mailwire_core::machine!(Octets, event = u8, error = Misuse);
///
/// fn first<M: Machine>(machine: &mut M, rx: &mut Input) -> bool {
///     matches!(machine.receive(rx), Ok(Some(_)))
/// }
/// let mut rx = Input::default();
/// rx.extend(b"x");
/// assert!(first(&mut Octets::default(), &mut rx));
/// ```
#[macro_export]
macro_rules! machine {
    ($machine:ty, event = $event:ty, error = $error:ty) => {
        impl $crate::Machine for $machine {
            type Event<'i> = $event;
            type Error = $error;

            fn receive<'i>(&mut self, rx: &'i mut $crate::Input) -> Result<Option<$event>, $error> {
                self.receive(rx)
            }

            fn output(&mut self) -> &mut $crate::Output {
                self.output()
            }

            fn wants(&self) -> $crate::Wants {
                self.wants()
            }

            fn wait(&self) -> Option<$crate::Wait> {
                self.wait()
            }

            fn expire(&mut self) {
                self.expire();
            }

            fn tls_started(&mut self, rx: &mut $crate::Input) -> Result<(), $error> {
                self.tls_started(rx)
            }
        }
    };
}

/// What each machine asks before its stream becomes TLS: whether nothing has come in the clear that
/// could be taken for what comes under TLS (CVE-2011-0411; RFC 3207 section 4.2, RFC 2595 section 4
/// and RFC 9051 section 6.2.1 have both sides forget what came before).
///
/// ```
/// use mailwire_core::{Input, Misuse, Output, upgrades_clean};
///
/// let (mut rx, mut out) = (Input::default(), Output::default());
/// assert_eq!(upgrades_clean(false, &rx, &out), Err(Misuse::NotUpgrading));
/// assert_eq!(upgrades_clean(true, &rx, &out), Ok(true));
/// out.put(b"220 go ahead\r\n");
/// assert_eq!(upgrades_clean(true, &rx, &out), Err(Misuse::OutputNotFlushed));
/// rx.extend(b"MAIL FROM:<>\r\n");
/// assert_eq!(upgrades_clean(true, &rx, &out), Ok(false));
/// ```
///
/// # Errors
///
/// [`Misuse::NotUpgrading`] when no upgrade was `agreed`, [`Misuse::OutputNotFlushed`] when the
/// output holds what is to be sent in the clear.
pub fn upgrades_clean(agreed: bool, rx: &Input, out: &Output) -> Result<bool, Misuse> {
    match () {
        () if !agreed => Err(Misuse::NotUpgrading),
        () if !rx.is_empty() => Ok(false),
        () if out.queued() > 0 => Err(Misuse::OutputNotFlushed),
        () => Ok(true),
    }
}
