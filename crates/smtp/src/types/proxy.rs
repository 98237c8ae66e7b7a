//! The header that a load balancer sends before anything else: the PROXY protocol of HAProxy,
//! version 1 (a line) and 2 (binary).

use crate::{Sink, Syntax};
use alloc::string::ToString;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use mailwire_core::keyword;

/// The longest header of version 1, its end included.
pub(crate) const MAX_LINE: usize = 107;
/// The longest header of version 2 that is taken, in octets.
pub(crate) const MAX_BINARY: usize = 1024;
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Who is connected to a proxy.
///
/// ```
/// use mailwire_smtp::types::Proxy;
///
/// let (proxy, n) = Proxy::parse(b"PROXY TCP4 192.0.2.1 192.0.2.2 4321 25\r\nEHLO x\r\n")?.unwrap();
/// assert_eq!(proxy.addresses.unwrap().0, "192.0.2.1:4321".parse().unwrap());
/// assert_eq!(n, 40);
/// # Ok::<(), mailwire_core::Syntax>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Proxy<'a> {
    /// The client's address and the one it connected to; `None` when they are not told: the proxy
    /// speaks for itself, or they are of a kind that mail does not have.
    pub addresses: Option<(SocketAddr, SocketAddr)>,
    /// Whether the proxy speaks for itself (`LOCAL` of version 2): to see that the server lives.
    pub local: bool,
    /// Type-length-value vectors of version 2, as they came.
    pub more: &'a [u8],
}

impl<'a> Proxy<'a> {
    /// The header at the start of `bytes` and how long it is; `None` when more bytes are needed.
    /// Never needs more than 1,024.
    ///
    /// # Errors
    ///
    /// When it is none, or longer than 107 octets (version 1) or 1,024 (version 2).
    pub fn parse(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, Syntax> {
        let n = bytes.len().min(SIGNATURE.len());
        if bytes.get(..n) == SIGNATURE.get(..n) {
            return if n < SIGNATURE.len() { Ok(None) } else { binary(bytes) };
        }
        let word = b"PROXY ";
        let n = bytes.len().min(word.len());
        if bytes.get(..n) != word.get(..n) {
            return Err(Syntax { at: 0, expected: "a PROXY header" });
        }
        let head = bytes.get(..bytes.len().min(MAX_LINE)).unwrap_or_default();
        match memchr::memchr(b'\n', head) {
            Some(at) => {
                let line = head.get(..at).unwrap_or_default();
                let line = line.strip_suffix(b"\r").ok_or(Syntax { at, expected: "CRLF" })?;
                Ok(Some((line_of(line)?, at + 1)))
            }
            None if bytes.len() >= MAX_LINE => Err(Syntax { at: MAX_LINE, expected: "CRLF" }),
            None => Ok(None),
        }
    }

    /// Writes it as version 1. The vectors are left out.
    pub fn encode_line(&self, out: &mut (impl Sink + ?Sized)) {
        let Some((source, destination)) = self.addresses else {
            out.put(b"PROXY UNKNOWN\r\n");
            return;
        };
        let family: &[u8] = if source.is_ipv4() { b"PROXY TCP4 " } else { b"PROXY TCP6 " };
        out.put(family);
        out.put(source.ip().to_string().as_bytes());
        out.put(b" ");
        out.put(destination.ip().to_string().as_bytes());
        out.put(b" ");
        out.put_number(source.port().into());
        out.put(b" ");
        out.put_number(destination.port().into());
        out.put(b"\r\n");
    }

    /// Writes it as version 2. Vectors that would make it longer than 1,024 octets are left out, and
    /// so are addresses that are not of one family.
    pub fn encode_binary(&self, out: &mut (impl Sink + ?Sized)) {
        let more = if self.more.len() <= MAX_BINARY - 52 { self.more } else { &[] };
        let (family, addresses) = match self.addresses {
            Some((SocketAddr::V4(_), SocketAddr::V4(_))) => (0x11, 12),
            Some((SocketAddr::V6(_), SocketAddr::V6(_))) => (0x21, 36),
            _ => (0, 0),
        };
        let len = u16::try_from(addresses + more.len()).unwrap_or_default();
        out.put(&SIGNATURE);
        out.put(&[if self.local { 0x20 } else { 0x21 }, family]);
        out.put(&len.to_be_bytes());
        if let (1.., Some((from, to))) = (family, self.addresses) {
            for address in [from, to] {
                match address.ip() {
                    IpAddr::V4(ip) => out.put(&ip.octets()),
                    IpAddr::V6(ip) => out.put(&ip.octets()),
                }
            }
            out.put(&from.port().to_be_bytes());
            out.put(&to.port().to_be_bytes());
        }
        out.put(more);
    }
}

/// `PROXY` SP (`TCP4` / `TCP6`) SP source SP destination SP port SP port, or `PROXY UNKNOWN` and
/// anything.
fn line_of(line: &[u8]) -> Result<Proxy<'static>, Syntax> {
    let error = |expected| Syntax { at: 6, expected };
    let text = core::str::from_utf8(line).map_err(|_| error("US-ASCII"))?;
    let mut words = text.split(' ').skip(1);
    let unknown = Proxy { addresses: None, local: false, more: &[] };
    let family = words.next().unwrap_or_default();
    if family == "UNKNOWN" {
        return Ok(unknown);
    }
    let mut ip = || words.next().and_then(|word| word.parse::<IpAddr>().ok());
    let (Some(from), Some(to)) = (ip(), ip()) else { return Err(error("two addresses")) };
    let mut port = || {
        let digits = words.next()?;
        let n = keyword::number(digits.as_bytes())?;
        u16::try_from(n).ok().filter(|_| digits == "0" || !digits.starts_with('0'))
    };
    let (Some(from_port), Some(to_port)) = (port(), port()) else {
        return Err(error("two ports"));
    };
    let fits = match family {
        "TCP4" => from.is_ipv4() && to.is_ipv4(),
        "TCP6" => from.is_ipv6() && to.is_ipv6(),
        _ => return Err(error("`TCP4` or `TCP6`")),
    };
    if !fits || words.next().is_some() {
        return Err(error("addresses of one family"));
    }
    let addresses = (SocketAddr::new(from, from_port), SocketAddr::new(to, to_port));
    Ok(Proxy { addresses: Some(addresses), ..unknown })
}

fn binary(bytes: &[u8]) -> Result<Option<(Proxy<'_>, usize)>, Syntax> {
    let Some([version, family, high, low]) = bytes.get(12..16) else { return Ok(None) };
    let local = match version {
        0x20 => true,
        0x21 => false,
        _ => return Err(Syntax { at: 12, expected: "version 2" }),
    };
    let len = usize::from(u16::from_be_bytes([*high, *low]));
    if 16 + len > MAX_BINARY {
        return Err(Syntax { at: 14, expected: "at most 1,024 octets" });
    }
    let Some(rest) = bytes.get(16..16 + len) else { return Ok(None) };
    let short = Syntax { at: 14, expected: "two addresses" };
    let (addresses, more) = match family {
        0x11 => {
            let (ips, more) = rest.split_first_chunk::<12>().ok_or(short)?;
            let [a, b, c, d, e, f, g, h, p, q, r, s] = *ips;
            let (from, to) = (Ipv4Addr::new(a, b, c, d), Ipv4Addr::new(e, f, g, h));
            (Some(sockets(from.into(), to.into(), [p, q], [r, s])), more)
        }
        0x21 => {
            let (from, rest) = rest.split_first_chunk::<16>().ok_or(short)?;
            let (to, rest) = rest.split_first_chunk::<16>().ok_or(short)?;
            let ([p, q, r, s], more) = rest.split_first_chunk::<4>().ok_or(short)?;
            let (from, to) = (Ipv6Addr::from(*from), Ipv6Addr::from(*to));
            (Some(sockets(from.into(), to.into(), [*p, *q], [*r, *s])), more)
        }
        _ => (None, rest),
    };
    let addresses = addresses.filter(|_| !local);
    Ok(Some((Proxy { addresses, local, more }, 16 + len)))
}

fn sockets(
    from: IpAddr,
    to: IpAddr,
    from_port: [u8; 2],
    to_port: [u8; 2],
) -> (SocketAddr, SocketAddr) {
    let socket = |ip, port| SocketAddr::new(ip, u16::from_be_bytes(port));
    (socket(from, from_port), socket(to, to_port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn proxy<'a>(from: &str, to: &str, more: &'a [u8]) -> Proxy<'a> {
        let addresses = Some((from.parse().unwrap(), to.parse().unwrap()));
        Proxy { addresses, local: false, more }
    }

    #[test]
    fn what_is_written_is_read_at_every_cut() {
        let unknown = Proxy { addresses: None, local: false, more: &[] };
        let all = [
            unknown,
            proxy("192.0.2.1:1", "192.0.2.2:65535", &[]),
            proxy("[2001:db8::1]:25", "[::1]:0", &[]),
        ];
        for one in all {
            let (mut line, mut binary) = (Vec::new(), Vec::new());
            one.encode_line(&mut line);
            one.encode_binary(&mut binary);
            for header in [line, binary] {
                for n in 0..header.len() {
                    assert_eq!(Proxy::parse(&header[..n]), Ok(None), "{n}");
                }
                let more = [&header[..], b"EHLO x\r\n"].concat();
                assert_eq!(Proxy::parse(&more), Ok(Some((one, header.len()))));
            }
        }
        let vectors = proxy("192.0.2.1:1", "192.0.2.2:2", b"\x04\0\x01a");
        let mut binary = Vec::new();
        vectors.encode_binary(&mut binary);
        assert_eq!(Proxy::parse(&binary), Ok(Some((vectors, binary.len()))));
        let local = Proxy { local: true, ..unknown };
        let mut binary = Vec::new();
        local.encode_binary(&mut binary);
        assert_eq!(Proxy::parse(&binary), Ok(Some((local, 16))));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for bad in [
            &b"EHLO x\r\n"[..],
            b"PROXY TCP4\r\n",
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
            b"PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n",
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n",
            b"PROXY TCP4 ::1 ::1 1 1\r\n",
            b"PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n",
            b"PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n",
            b"PROXY UNKNOWN\n",
            b"PROXY \xff\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x02aa",
        ] {
            assert!(Proxy::parse(bad).is_err(), "{}", bad.escape_ascii());
        }
    }

    // SMTP-CMD-42 of the robustness cases.
    #[test]
    fn headers_of_exactly_the_limit_are_taken() {
        let line = |n: usize| [b"PROXY UNKNOWN ", &[b'x'; 200][..n - 16], b"\r\n"].concat();
        for n in [106, 107] {
            assert!(matches!(Proxy::parse(&line(n)), Ok(Some((_, len))) if len == n));
        }
        assert!(Proxy::parse(&line(108)).is_err());
        assert!(Proxy::parse(&line(108)[..106]).is_ok());
        let binary = |n: u16| {
            let mut all = [&SIGNATURE[..], &[0x21, 0], &(n - 16).to_be_bytes()].concat();
            all.resize(n.into(), 0);
            all
        };
        for n in [1023, 1024] {
            assert!(matches!(Proxy::parse(&binary(n)), Ok(Some(_))));
        }
        assert!(Proxy::parse(&binary(1025)).is_err());
    }
}
