//! Named points in the services where a test kills them, and defects that a test switches on to see that it finds them.
//!
//! The environment variable `FAILPOINTS` arms them, as in `sink.after_insert=3*off->1*return` (the fourth time). They exist
//! only with the feature `failpoints`, which the tests' package asks for; without it both functions are empty.

/// Kills this process on the spot, as `kill -9` does, where the point is armed.
#[inline]
pub fn reach(name: &'static str) {
    if armed(name) {
        inner::kill();
    }
}

/// Tells whether the defect is switched on.
#[inline]
pub fn armed(name: &'static str) -> bool {
    inner::armed(name)
}

/// Reads `FAILPOINTS`; the points stay armed while the answer lives.
pub(crate) fn arm() -> inner::Armed {
    inner::arm()
}

#[cfg(feature = "failpoints")]
mod inner {
    pub(crate) type Armed = fail::FailScenario<'static>;

    pub(super) fn arm() -> Armed {
        fail::FailScenario::setup()
    }

    pub(super) fn armed(name: &'static str) -> bool {
        fail::fail_point!(name, |_| true);
        false
    }

    pub(super) fn kill() {
        // SAFETY: sends a signal to this very process and touches no memory.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        // The signal ends every thread; this one may run on for a moment and must not get further.
        std::process::abort();
    }
}

#[cfg(not(feature = "failpoints"))]
mod inner {
    pub(crate) struct Armed;

    pub(super) fn arm() -> Armed {
        Armed
    }

    #[inline]
    pub(super) fn armed(_: &'static str) -> bool {
        false
    }

    #[inline]
    pub(super) fn kill() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "failpoints")]
    #[test]
    fn a_point_is_armed_as_often_as_its_rule_says() {
        fail::cfg("test.point", "1*off->1*return").expect("a rule");
        let seen: Vec<bool> = (0..3).map(|_| armed("test.point")).collect();
        assert_eq!(seen, [false, true, false]);
        assert!(!armed("test.another"));
    }

    #[cfg(not(feature = "failpoints"))]
    #[test]
    fn without_the_feature_nothing_is_armed() {
        let _points = arm();
        reach("test.point");
        assert!(!armed("test.point"));
    }
}
