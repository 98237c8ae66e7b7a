//! A stream that is compressed in both directions: raw DEFLATE (RFC 1951), as IMAP's COMPRESS wants it
//! (RFC 4978).
//!
//! What is written may wait for more; after a flush the peer can read all of it. However much a few
//! octets become, a read yields no more than the reader has room for.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read, and compressed, at once.
const PIECE: usize = 16 * 1024;

/// A stream that is compressed over another.
#[derive(Debug)]
pub struct Deflate<S> {
    inner: S,
    compress: Compress,
    decompress: Decompress,
    /// Compressed, and not yet written.
    out: Pending,
    /// Read, and not yet decompressed.
    rx: Pending,
    /// There is more to be had of what was decompressed already.
    is_full: bool,
    /// Something was compressed since the last flush.
    is_dirty: bool,
}

/// Octets of which some are used.
#[derive(Debug, Default)]
struct Pending {
    octets: Vec<u8>,
    used: usize,
}

impl Pending {
    fn left(&self) -> &[u8] {
        self.octets.get(self.used..).unwrap_or_default()
    }

    /// Uses some; an idle stream holds no buffer.
    fn advance(&mut self, n: usize) {
        self.used += n;
        if self.used == self.octets.len() {
            *self = Self::default();
        }
    }
}

impl<S> Deflate<S> {
    /// Compresses over `inner`, from which `received` has come already.
    pub fn new(inner: S, received: Vec<u8>) -> Self {
        Self {
            inner,
            compress: Compress::new(Compression::default(), false),
            decompress: Decompress::new(false),
            out: Pending::default(),
            rx: Pending { octets: received, used: 0 },
            is_full: false,
            is_dirty: false,
        }
    }

    /// What is compressed over.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Decompresses into `buf`; false when there is nothing to decompress.
    fn inflate(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<bool> {
        let left = self.rx.left();
        if left.is_empty() && !self.is_full {
            return Ok(false);
        }
        let (before_in, before_out) = (self.decompress.total_in(), self.decompress.total_out());
        let room = buf.initialize_unfilled();
        let size = room.len();
        let status = self.decompress.decompress(left, room, FlushDecompress::Sync);
        let status = status.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let used = usize::try_from(self.decompress.total_in() - before_in).unwrap_or(usize::MAX);
        let made = usize::try_from(self.decompress.total_out() - before_out).unwrap_or(usize::MAX);
        let idle = used == 0 && made == 0 && !left.is_empty();
        self.rx.advance(used);
        buf.advance(made);
        self.is_full = made == size;
        match status {
            // Nothing follows the end of a DEFLATE stream.
            Status::StreamEnd if made == 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ if idle => Err(io::ErrorKind::InvalidData.into()),
            _ => Ok(made > 0),
        }
    }
}

impl<S: AsyncWrite + Unpin> Deflate<S> {
    /// Writes what is compressed.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Every turn writes something.
        while !self.out.left().is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, self.out.left()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.out.advance(n),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Compresses some of `octets` and says how much of them, and whether there may be more to come.
    fn deflate(&mut self, octets: &[u8], flush: FlushCompress) -> io::Result<(usize, bool)> {
        let before = self.compress.total_in();
        let start = self.out.octets.len();
        self.out.octets.reserve(PIECE);
        let room = self.out.octets.capacity() - start;
        let made = self.compress.compress_vec(octets, &mut self.out.octets, flush);
        made.map_err(io::Error::other)?;
        let used = usize::try_from(self.compress.total_in() - before).unwrap_or(usize::MAX);
        Ok((used, self.out.octets.len() - start == room))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deflate<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Every turn reads something, or is the last.
        while buf.remaining() > 0 && !this.inflate(buf)? {
            if !this.rx.left().is_empty() {
                continue;
            }
            let mut octets = vec![0; PIECE];
            let mut read = ReadBuf::new(&mut octets);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            let n = read.filled().len();
            if n == 0 {
                break;
            }
            octets.truncate(n);
            this.rx = Pending { octets, used: 0 };
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deflate<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let piece = octets.get(..octets.len().min(PIECE)).unwrap_or_default();
        // Every turn but the last writes something.
        loop {
            ready!(this.poll_drain(cx))?;
            let (n, more) = this.deflate(piece, FlushCompress::None)?;
            this.is_dirty |= n > 0;
            if n > 0 || !more {
                return Poll::Ready(Ok(n));
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Every turn writes something, or is the last.
        loop {
            ready!(this.poll_drain(cx))?;
            if !this.is_dirty {
                return Pin::new(&mut this.inner).poll_flush(cx);
            }
            let (_, more) = this.deflate(&[], FlushCompress::Sync)?;
            this.is_dirty = more;
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut *this).poll_flush(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    fn run<T>(task: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(task)
    }

    #[test]
    fn what_is_flushed_can_be_read_whatever_its_size() {
        run(async {
            for pipe in [16, 100, 1 << 20] {
                let (here, there) = duplex(pipe);
                let (mut here, mut there) =
                    (Deflate::new(here, Vec::new()), Deflate::new(there, Vec::new()));
                for size in [0, 1, 100, PIECE - 1, PIECE, PIECE + 1, 300_000] {
                    let mut n = 1_u32;
                    let mut noise = |_| {
                        n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        n.to_be_bytes()[0]
                    };
                    let sent: Vec<u8> = (0..size).map(&mut noise).collect();
                    let mut got = vec![0; size];
                    let send = async {
                        here.write_all(&sent).await.unwrap();
                        here.flush().await.unwrap();
                        here.flush().await.unwrap();
                    };
                    let ((), read) = tokio::join!(send, there.read_exact(&mut got));
                    assert_eq!(read.unwrap(), size);
                    assert!(got == sent, "{size} octets through {pipe}");
                }
                here.shutdown().await.unwrap();
                assert_eq!(there.read(&mut [0; 9]).await.unwrap(), 0);
            }
        });
    }

    #[test]
    fn a_bomb_is_read_no_faster_than_the_reader_wants() {
        run(async {
            let mut bomb = Vec::with_capacity(64 * 1024);
            let zeros = vec![0; 30 << 20];
            let mut compress = Compress::new(Compression::best(), false);
            compress.compress_vec(&zeros, &mut bomb, FlushCompress::Sync).unwrap();
            let received = bomb.len();
            assert!(received < 32 * 1024);
            let (here, _there) = duplex(1);
            let mut stream = Deflate::new(here, bomb);
            let mut room = [1; 1000];

            for _ in 0..100 {
                assert_eq!(stream.read_exact(&mut room).await.unwrap(), 1000);
                assert_eq!(room, [0; 1000]);
            }

            assert!(stream.rx.left().len() > received / 2, "it is decompressed as it is read");
        });
    }

    #[test]
    fn what_is_no_deflate_is_an_error() {
        run(async {
            let (here, _there) = duplex(1);
            let mut stream = Deflate::new(here, b"\xff is no block".to_vec());
            let error = stream.read(&mut [0; 100]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        });
    }
}
