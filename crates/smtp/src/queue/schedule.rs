//! When a delivery is tried again (RFC 5321 section 4.5.4.1): the schedules of Postfix, Exim and
//! OpenSMTPD, and a plain table.

use alloc::vec::Vec;

/// What a schedule looks at. All times are in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tried {
    /// When the message came.
    pub arrived: u64,
    /// When it was tried first.
    pub first: u64,
    /// When it was tried the time before this one, which has just failed.
    pub last: u64,
    /// How long it was to wait between the two; 0 the first time.
    pub gap: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// What time it is.
    pub now: u64,
}

/// How long to wait before the next try.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// Postfix: as long as the message is old, within bounds (`minimal_backoff_time` and
    /// `maximal_backoff_time`).
    Postfix {
        /// The least. Postfix: 300.
        minimal: u64,
        /// The most. Postfix: 4,000.
        maximal: u64,
    },
    /// Exim: rules, each until so long after the first failure (`F,2h,15m; G,16h,1h,1.5; F,4d,6h`).
    /// After the last its interval goes on.
    Exim(Vec<Rule>),
    /// OpenSMTPD: at `base` times the square of a step that grows with each try, counted from
    /// when the message came.
    OpenSmtpd {
        /// Seconds. OpenSMTPD: 400 for other hosts, 10 for local delivery.
        base: u64,
    },
    /// These waits one after the other; the last goes on.
    Table(Vec<u64>),
}

/// A retry rule of Exim.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rule {
    /// Until how long after the first failure, in seconds.
    pub until: u64,
    /// The interval.
    pub interval: Interval,
}

/// How an interval is found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Interval {
    /// `F`: always the same, in seconds.
    Fixed(u64),
    /// `G`: the last one times a factor, at least this.
    Geometric {
        /// The least, in seconds.
        least: u64,
        /// The factor in thousandths.
        factor: u64,
    },
}

/// Exim never waits longer (`retry_interval_max`).
const EXIM_LONGEST: u64 = 24 * 3600;

impl Schedule {
    /// Postfix as it comes.
    pub const POSTFIX: Self = Self::Postfix { minimal: 300, maximal: 4000 };

    /// Exim as its example configuration has it.
    #[must_use]
    pub fn exim() -> Self {
        let rule = |until, interval| Rule { until, interval };
        Self::Exim(alloc::vec![
            rule(2 * 3600, Interval::Fixed(15 * 60)),
            rule(16 * 3600, Interval::Geometric { least: 3600, factor: 1500 }),
            rule(4 * 24 * 3600, Interval::Fixed(6 * 3600)),
        ])
    }

    /// OpenSMTPD as it comes, for mail to other hosts.
    pub const OPENSMTPD: Self = Self::OpenSmtpd { base: 400 };

    /// How many seconds after `now` the next try is. At least 1.
    #[must_use]
    pub fn wait(&self, tried: &Tried) -> u64 {
        let since = |then: u64| tried.now.saturating_sub(then);
        let wait = match self {
            Self::Postfix { minimal, maximal } => since(tried.arrived).max(*minimal).min(*maximal),
            Self::Exim(rules) => {
                let age = since(tried.first);
                let rule = rules.iter().find(|rule| age < rule.until).or(rules.last());
                let wait = match rule.map(|rule| rule.interval) {
                    Some(Interval::Fixed(wait)) => wait,
                    Some(Interval::Geometric { least, factor }) => {
                        let gap = tried.gap.min(since(tried.last));
                        let next = gap.saturating_mul(factor) / 1000;
                        if gap < least { least } else { next }
                    }
                    None => EXIM_LONGEST,
                };
                wait.min(EXIM_LONGEST)
            }
            Self::OpenSmtpd { base } => {
                // The first step whose time has not come.
                let age = since(tried.arrived);
                let reached = (age / (*base).max(1)).isqrt().saturating_add(1);
                let step = reached.max(u64::from(tried.attempts));
                let due = base.saturating_mul(step.saturating_mul(step));
                due.saturating_sub(age)
            }
            Self::Table(waits) => {
                let at = usize::try_from(tried.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
                waits.get(at).or(waits.last()).copied().unwrap_or(EXIM_LONGEST)
            }
        };
        wait.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a message that came at 1,000 and always fails at once is tried, in seconds after that.
    fn times(schedule: &Schedule, n: usize) -> Vec<u64> {
        let (arrived, mut now, mut gap) = (1000u64, 1000u64, 0);
        let mut times = Vec::new();
        for attempts in 1.. {
            times.push(now - arrived);
            if times.len() == n {
                break;
            }
            let last = now.saturating_sub(gap);
            gap = schedule.wait(&Tried { arrived, first: arrived, last, gap, attempts, now });
            now += gap;
        }
        times
    }

    /// qmgr(8): "the time is doubled" by waiting as long as the message is old.
    #[test]
    fn postfix_waits_as_long_as_the_message_is_old() {
        assert_eq!(times(&Schedule::POSTFIX, 8), [0, 300, 600, 1200, 2400, 4800, 8800, 12800]);
    }

    /// A quarter of an hour for two hours, then longer by half each time up to sixteen hours, then
    /// every six hours.
    #[test]
    fn exim_follows_its_rules() {
        let times = times(&Schedule::exim(), 24);
        let quarter = 900;
        assert_eq!(times[..9], [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|n| n * quarter));
        // The first interval of a geometric rule is its least.
        assert_eq!(times[9], times[8] + 3600);
        assert_eq!(times[10], times[9] + 5400);
        assert_eq!(times[11], times[10] + 8100);
        assert_eq!(times[12], times[11] + 12_150);
        let last: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(last[last.len() - 3..], [21_600; 3]);
    }

    /// `t0 + base * step * step`, the first that is to come.
    #[test]
    fn opensmtpd_waits_for_squares() {
        let formula = |now: u64, retry: u64| {
            (retry..).map(|step| 400 * step * step).find(|due| *due > now).unwrap()
        };
        let mut expected = Vec::from([0]);
        for retry in 1..10 {
            expected.push(formula(expected[expected.len() - 1], retry));
        }
        assert_eq!(times(&Schedule::OPENSMTPD, 10), expected);
        assert_eq!(expected[..4], [0, 400, 1600, 3600]);
    }

    #[test]
    fn a_table_ends_with_its_last() {
        assert_eq!(times(&Schedule::Table([60, 300].into()), 5), [0, 60, 360, 660, 960]);
    }

    #[test]
    fn a_clock_that_jumps_does_no_harm() {
        let odd = Tried {
            arrived: 900,
            first: 900,
            last: 950,
            gap: u64::MAX,
            attempts: u32::MAX,
            now: 5,
        };
        for schedule in
            [Schedule::POSTFIX, Schedule::exim(), Schedule::OPENSMTPD, Schedule::Table(Vec::new())]
        {
            assert!(schedule.wait(&odd) > 0);
            assert!(schedule.wait(&Tried { now: u64::MAX, ..odd }) > 0);
        }
    }
}
