//! Lines over minutes as SVG.

use std::fmt::Write as _;

use super::escaped;

/// Size of the drawing, and room for the labels beside it, in units of the picture.
const WIDTH: f64 = 980.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 22.0;

/// Values of minutes that stand side by side.
pub(super) struct Chart {
    pub(super) title: String,
    /// One for each minute.
    pub(super) times: Vec<String>,
    /// Number of the first minute from the roll on.
    pub(super) roll_at: usize,
    pub(super) lines: Vec<Line>,
    pub(super) marks: Vec<Mark>,
}

/// One line; a minute without a value interrupts it.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) values: Vec<Option<f64>>,
}

/// One value that a method reads at a minute; named only where that minute is not drawn.
pub(super) struct Mark {
    pub(super) name: String,
    pub(super) at: Option<usize>,
    pub(super) value: f64,
    pub(super) is_applied: bool,
}

impl Chart {
    /// The picture.
    pub(super) fn draw(&self) -> String {
        let values = self.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let values: Vec<f64> =
            values.chain(self.marks.iter().filter(|mark| mark.at.is_some()).map(|mark| mark.value)).collect();
        let (low, high) =
            values.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        let mut svg = format!("<figure><figcaption>{}</figcaption>\n", escaped(&self.title));
        if values.is_empty() {
            svg.push_str("<p>No minute around the roll has a value.</p></figure>\n");
            return svg;
        }
        let span = if high > low { high - low } else { 1.0 };
        let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (value - low) / span);
        // Writing into a String cannot fail.
        let _ = writeln!(
            svg,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escaped(&self.title)
        );
        for value in [low, low + span / 2.0, high] {
            let (at, right) = (y(value), WIDTH - RIGHT);
            let _ = writeln!(svg, "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>");
            let _ = writeln!(svg, "<text x=\"4\" y=\"{:.1}\">{value:.2}</text>", at + 4.0);
        }
        // A roll after the last minute stands at the edge of the picture.
        let roll = self.x(self.roll_at.min(self.times.len().saturating_sub(1)));
        let _ = writeln!(
            svg,
            "<line class=\"roll\" x1=\"{roll:.1}\" x2=\"{roll:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>",
            HEIGHT - BOTTOM
        );
        for (number, line) in (1..).zip(&self.lines) {
            for points in self.stretches(line, y) {
                let _ = match points[..] {
                    // A line of one point is not drawn.
                    [(x, y)] => {
                        writeln!(svg, "<circle class=\"{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.5\"/>", line.class)
                    }
                    _ => writeln!(svg, "<polyline class=\"{}\" points=\"{}\"/>", line.class, joined(&points)),
                };
            }
            let (at, end) = (TOP + 16.0 * f64::from(number), WIDTH - RIGHT + 8.0);
            let _ = writeln!(
                svg,
                "<line class=\"{}\" x1=\"{end}\" x2=\"{}\" y1=\"{at}\" y2=\"{at}\"/><text x=\"{}\" y=\"{}\">{}</text>",
                line.class,
                end + 14.0,
                end + 18.0,
                at + 4.0,
                escaped(&line.name)
            );
        }
        for (number, mark) in (2..).zip(&self.marks) {
            let class = if mark.is_applied { " applied" } else { "" };
            let right = WIDTH - RIGHT;
            if let Some(minute) = mark.at {
                let (x, at) = (self.x(minute), y(mark.value));
                let _ = writeln!(
                    svg,
                    "<line class=\"mark{class}\" x1=\"{x:.1}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                     <circle class=\"{}\" cx=\"{x:.1}\" cy=\"{at:.1}\" r=\"3\"/>",
                    class.trim_start()
                );
            }
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\">{}</text>",
                right + 8.0,
                TOP + 16.0 * f64::from(number) + 4.0,
                escaped(&mark.name)
            );
        }
        let label = |at: usize, anchor: &str| {
            let time = self.times.get(at).map_or("", String::as_str);
            format!("<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{time}</text>\n", self.x(at), HEIGHT - 6.0)
        };
        svg.push_str(&label(0, "start"));
        svg.push_str(&label(self.roll_at.min(self.times.len().saturating_sub(1)), "middle"));
        svg.push_str("</svg></figure>\n");
        svg
    }

    /// Points of a line, one list for each stretch without a hole.
    fn stretches(&self, line: &Line, y: impl Fn(f64) -> f64) -> Vec<Vec<(f64, f64)>> {
        let mut stretches = Vec::new();
        for stretch in line.values.iter().enumerate().collect::<Vec<_>>().split(|(_, value)| value.is_none()) {
            let point = |(at, value): &(usize, &Option<f64>)| value.map(|value| (self.x(*at), y(value)));
            let points: Vec<(f64, f64)> = stretch.iter().filter_map(point).collect();
            if !points.is_empty() {
                stretches.push(points);
            }
        }
        stretches
    }

    fn x(&self, at: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "some hundred minutes")]
        let (at, last) = (at as f64, self.times.len().saturating_sub(1).max(1) as f64);
        LEFT + (WIDTH - LEFT - RIGHT) * at / last
    }
}

fn joined(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}
