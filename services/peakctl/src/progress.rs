//! Progress of long work: bars on stderr, only where stderr is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use peaktrade_wire::dataset::v1 as dataset;

use crate::output::Output;

/// How often a line is drawn anew where only its clock moves.
const TICK: Duration = Duration::from_millis(250);

/// One line of progress that redraws itself; silent where nobody watches.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a line.
    pub(crate) fn start(output: Output, step: &str, total: u64) -> Self {
        let target = if output.draws_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template("{msg:28!} [{bar:32}] {pos}/{len} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(step.to_owned());
        Self { bar }
    }

    /// A line that nobody sees.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Shows that another step of the work goes on now, of which nothing is heard until it is done.
    pub(crate) fn turn_to(&self, step: &str) {
        self.bar.set_message(step.to_owned());
        self.bar.enable_steady_tick(TICK);
    }

    /// Shows how far the work is.
    pub(crate) fn set(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Shows what a service streams about its work.
    pub(crate) fn show(&self, progress: &dataset::Progress) {
        if self.bar.message() != progress.step {
            self.bar.set_message(progress.step.clone());
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
    }
}

/// The line disappears with the work, also where the work fails.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
