//! Mail for other domains: queued on disk, given to other servers, and what became of it told.

mod attempt;
mod notice;
mod route;
mod spool;

pub(crate) use route::HostPort;

use crate::office::Office;
use crate::options::Options;
use examples::maildir::Draft;
use examples::tls::random;
use examples::unix_now;
use mailwire_smtp::queue::{Action, Attempt, Envelope, Policy, Schedule};
use route::Routes;
use spool::Spool;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::block_in_place;
use tokio::time::sleep;

/// What the destination of one of us begins with.
pub(crate) const LOCAL: &str = "local:";
/// How many deliveries are under way at once.
const DELIVERIES: usize = 50;
/// How long the disk is given when it cannot be written to.
const DISK_WAIT: Duration = Duration::from_secs(1);

/// What takes mail for other domains and gives it to their servers.
#[derive(Debug)]
pub(crate) struct Relay {
    routes: Routes,
    spool: Mutex<Spool>,
    /// Something may be due.
    wake: Notify,
    room: Arc<Semaphore>,
}

impl Relay {
    /// Opens the queue; `None` when the options name no way out.
    pub(crate) fn open(options: &Options) -> Result<Option<Self>, String> {
        let Some(routes) = Routes::read(options)? else { return Ok(None) };
        let mut policy = Policy::default();
        if let Some(seconds) = options.retry {
            policy.schedule = Schedule::Table(vec![seconds]);
            policy.host_schedule = Schedule::Table(vec![seconds]);
        }
        if let Some(seconds) = options.give_up {
            policy.lifetime = seconds;
            policy.bounce_lifetime = seconds;
        }
        let directory = options.data.join("queue");
        let spool = Spool::open(&directory, policy, now())
            .map_err(|error| format!("cannot use the queue in {}: {error}", directory.display()))?;
        let room = Arc::new(Semaphore::new(DELIVERIES));
        Ok(Some(Self { routes, spool: Mutex::new(spool), wake: Notify::new(), room }))
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        // What the queue holds is whole whenever the lock is not held.
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where mail for this domain would go.
    pub(crate) fn destination(&self, domain: &str) -> Option<&str> {
        self.routes.destination(domain)
    }

    /// A message that comes in.
    pub(crate) fn draft(&self) -> io::Result<Draft> {
        self.spool().draft()
    }

    /// Takes a finished message: it is queued, on disk, when this returns.
    pub(crate) fn accept(&self, envelope: Envelope, draft: &Draft) -> io::Result<()> {
        self.spool().accept(now(), envelope, draft)?;
        self.wake.notify_one();
        Ok(())
    }

    /// All that waits for this domain is due now (ETRN). False when its mail does not go out here.
    pub(crate) fn flush(&self, domain: &str) -> bool {
        let Some(destination) = self.routes.destination(domain) else { return false };
        self.spool().queue.flush(now(), destination);
        self.wake.notify_one();
        true
    }

    /// Does what is due, for as long as the program lasts.
    pub(crate) async fn run(self: Arc<Self>, office: Arc<Office>) {
        loop {
            let (attempts, next) = match block_in_place(|| self.step(&office)) {
                Ok(step) => step,
                Err(error) => {
                    eprintln!("postoffice: the queue cannot be written: {error}");
                    sleep(DISK_WAIT).await;
                    continue;
                }
            };
            for attempt in attempts {
                let (this, office) = (Arc::clone(&self), Arc::clone(&office));
                tokio::spawn(async move {
                    // Only a semaphore that is closed gives none.
                    let Ok(_place) = this.room.clone().acquire_owned().await else { return };
                    this.deliver(&office, attempt).await;
                });
            }
            let wait = async {
                match next {
                    Some(next) => {
                        sleep(Duration::from_secs(next.saturating_sub(now()).max(1))).await
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {}
                () = self.wake.notified() => {}
            }
        }
    }

    /// What is due: notices are sent and ends are come to here, deliveries are returned. The log
    /// says so already.
    fn step(&self, office: &Office) -> io::Result<(Vec<Attempt>, Option<u64>)> {
        let mut spool = self.spool();
        let (mut attempts, mut removed) = (Vec::new(), Vec::new());
        // What could not be written the last time comes first.
        spool.write()?;
        // The queue has an end: every action brings something nearer to its own.
        while let Some(action) = spool.queue.poll(now()) {
            match action {
                Action::Attempt(attempt) => attempts.push(attempt),
                Action::Notice(notice) => {
                    if let Err(error) = self.tell(office, &mut spool, &notice) {
                        let to = &notice.to;
                        eprintln!("postoffice: {to} could not be told of a delivery: {error}");
                    }
                }
                Action::Remove(id) => removed.push(id),
                _ => {}
            }
        }
        while let Err(error) = spool.write() {
            // The queue has moved on; nothing may be done before that is on disk.
            eprintln!("postoffice: the queue cannot be written: {error}");
            std::thread::sleep(DISK_WAIT);
        }
        for id in removed {
            spool.remove(id)?;
        }
        Ok((attempts, spool.queue.next()))
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    unix_now().unsigned_abs()
}

/// So that not all is tried at once that failed at once: up to a few seconds.
fn jitter() -> u64 {
    let [octet] = random::<1>().unwrap_or_default();
    u64::from(octet % 4)
}
