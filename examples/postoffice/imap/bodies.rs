//! Octets of messages on their way to the client, read from disk as they are sent.

use super::candidate::{Message, Place};
use super::decoding::Decoding;
use super::{Failure, fatal};
use crate::office::PIECE;
use examples::Link;
use mailwire_imap::server::{BodyName, Connection};
use mailwire_imap::types::{Binary, BodyItem, FetchData, Partial};
use std::io;
use std::ops::Range;
use tokio::task::block_in_place;

/// A part that is to be decoded, and which octets of it.
pub(super) struct Part<'p> {
    pub(super) numbers: &'p [u32],
    pub(super) partial: Option<Partial>,
}

/// Sends octets of a message as they are.
pub(super) async fn send(
    conn: &mut Connection,
    message: &mut Message<'_>,
    range: Range<u64>,
    link: &mut Link,
) -> Result<(), Failure> {
    if range.is_empty() {
        return Ok(());
    }
    let mut piece = vec![0; PIECE];
    block_in_place(|| message.seek(range.start)).map_err(fatal)?;
    while conn.body_left() > 0 {
        let left = usize::try_from(conn.body_left()).unwrap_or(PIECE);
        let room = piece.get_mut(..left.min(PIECE)).unwrap_or_default();
        // What was promised must be sent, so now an error ends the session.
        let n = block_in_place(|| message.read(room)).map_err(fatal)?;
        if n == 0 {
            conn.abort();
            return Err(fatal(io::ErrorKind::UnexpectedEof.into()));
        }
        conn.send_body(piece.get(..n).unwrap_or_default())?;
        if conn.output().queued() >= PIECE {
            link.flush(conn).await.map_err(fatal)?;
        }
    }
    Ok(())
}

/// Sends a part as it was before it was encoded. It is decoded twice, for what it is long must
/// be said first: so it costs no memory however long it is.
pub(super) async fn send_decoded(
    conn: &mut Connection,
    message: &mut Message<'_>,
    Part { numbers: part, partial }: Part<'_>,
    place: Place,
    link: &mut Link,
) -> Result<(), Failure> {
    let origin = partial.map(|partial| partial.offset);
    let size = block_in_place(|| message.decoded_size(part)).map_err(fatal)?;
    let (Some(size), Place::There(range), Some(encoding)) = (size, place, message.encoding(part))
    else {
        let binary = Binary { part: part.to_vec(), origin, body: BodyItem::Nil };
        return Ok(conn.fetch_data(&FetchData::Binary(Box::new(binary)))?);
    };
    let wanted = match partial {
        Some(Partial { offset, length }) => {
            offset.min(size)..offset.saturating_add(length).min(size)
        }
        None => 0..size,
    };
    conn.begin_body(BodyName::Binary(part, origin), wanted.end - wanted.start)?;
    let mut decoding = Decoding::new(range, encoding);
    while conn.body_left() > 0 {
        if decoding.is_over() {
            conn.abort();
            return Err(fatal(io::ErrorKind::UnexpectedEof.into()));
        }
        let at = decoding.position;
        let decoded = block_in_place(|| decoding.next(message)).map_err(fatal)?;
        let index =
            |n: u64| usize::try_from(n.saturating_sub(at)).unwrap_or(usize::MAX).min(decoded.len());
        let piece = decoded.get(index(wanted.start)..index(wanted.end)).unwrap_or_default();
        if !piece.is_empty() {
            conn.send_body(piece)?;
        }
        if conn.output().queued() >= PIECE {
            link.flush(conn).await.map_err(fatal)?;
        }
    }
    Ok(())
}
