//! Templates of file names, from which a contract is read: `{root}_{month}{yy}_1min.txt`.

use std::collections::HashSet;

use peaktrade_domain::{ContractMonth, ContractRoot};

/// A template: literal text in any case, `*` for any text, and placeholders.
///
/// * `{root}`: product root, 1 to 8 letters or digits; it is tried from the shortest on;
/// * `{month}`: month letter; `{mm}`: month as two digits;
/// * `{y}`, `{yy}`, `{yyyy}`: year in one, two or four digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameTemplate {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(u8),
    Any,
    Root,
    MonthLetter,
    MonthNumber,
    Year(usize),
}

/// What a name says of its contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedContract {
    root: String,
    month: String,
    year: String,
}

impl NamedContract {
    /// The root, where the name has one.
    pub(crate) fn root(&self) -> Option<ContractRoot> {
        self.root.parse().ok()
    }

    /// The contract as symbols write it. Example: "NQH24".
    pub(crate) fn symbol(&self) -> String {
        format!("{}{}{}", self.root, self.month, self.year)
    }
}

/// Longest template and longest name in bytes: matching takes time with their product.
const LENGTH_MAX: usize = 255;

impl NameTemplate {
    /// Reads a template of a profile.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX || !text.is_ascii() {
            return Err(format!("file name {text:?}; at most {LENGTH_MAX} characters of ASCII are allowed"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.bytes().next() {
            let (part, length) = match first {
                b'*' => (Part::Any, 1),
                b'{' => placeholder(rest).ok_or_else(|| {
                    format!("file name {text:?}; the placeholders are {{root}} {{month}} {{mm}} {{y}} {{yy}} {{yyyy}}")
                })?,
                letter => (Part::Literal(letter.to_ascii_lowercase()), 1),
            };
            parts.push(part);
            rest = rest.get(length..).unwrap_or("");
        }
        for (at, part) in parts.iter().enumerate() {
            if !matches!(part, Part::Literal(_) | Part::Any) && parts[..at].contains(part) {
                return Err(format!("file name {text:?}; a placeholder may stand in it once"));
            }
        }
        Ok(Self { parts })
    }

    /// What a name says; `None` where it is not of this template.
    pub(crate) fn read(&self, name: &str) -> Option<NamedContract> {
        if name.len() > LENGTH_MAX {
            return None;
        }
        let mut matching = Matching { name: name.as_bytes(), failed: HashSet::new(), found: NamedContract::default() };
        matching.matches(&self.parts, 0).then_some(matching.found)
    }
}

fn placeholder(text: &str) -> Option<(Part, usize)> {
    let all = [
        ("{root}", Part::Root),
        ("{month}", Part::MonthLetter),
        ("{mm}", Part::MonthNumber),
        ("{y}", Part::Year(1)),
        ("{yy}", Part::Year(2)),
        ("{yyyy}", Part::Year(4)),
    ];
    all.into_iter().find(|(name, _)| text.starts_with(name)).map(|(name, part)| (part, name.len()))
}

/// A name on its way through a template.
struct Matching<'a> {
    name: &'a [u8],
    /// Parts left and bytes passed from which nothing matches: what a placeholder took does not change what follows, so
    /// each pair is tried once. Without it a few `*` take hours over a long name.
    failed: HashSet<(usize, usize)>,
    found: NamedContract,
}

impl Matching<'_> {
    /// Matches the rest of the name with the rest of a template, filling in what placeholders stand for.
    fn matches(&mut self, parts: &[Part], at: usize) -> bool {
        let Some((part, rest)) = parts.split_first() else { return at == self.name.len() };
        let from = (parts.len(), at);
        if self.failed.contains(&from) {
            return false;
        }
        let is_matched = self.matches_from(part, rest, at);
        if !is_matched {
            self.failed.insert(from);
        }
        is_matched
    }

    fn matches_from(&mut self, part: &Part, rest: &[Part], at: usize) -> bool {
        let name = &self.name[at..];
        let first = name.first().copied();
        match part {
            Part::Literal(letter) => {
                first.is_some_and(|first| first.to_ascii_lowercase() == *letter) && self.matches(rest, at + 1)
            }
            Part::Any => (0..=name.len()).any(|length| self.matches(rest, at + length)),
            Part::Root => (1..=name.len().min(8)).any(|length| {
                let root = String::from_utf8(name[..length].to_ascii_uppercase()).ok();
                root.filter(|root| root.parse::<ContractRoot>().is_ok()).is_some_and(|root| {
                    self.found.root = root;
                    self.matches(rest, at + length)
                })
            }),
            Part::MonthLetter => {
                let letter = first.map(|first| first.to_ascii_uppercase());
                letter.and_then(ContractMonth::from_letter).is_some_and(|month| {
                    self.found.month = month.letter().to_string();
                    self.matches(rest, at + 1)
                })
            }
            Part::MonthNumber => digits(name, 2).is_some_and(|number| {
                let month = number.parse().ok().and_then(ContractMonth::from_number);
                month.is_some_and(|month| {
                    self.found.month = month.letter().to_string();
                    self.matches(rest, at + 2)
                })
            }),
            Part::Year(length) => digits(name, *length).is_some_and(|year| {
                year.clone_into(&mut self.found.year);
                self.matches(rest, at + length)
            }),
        }
    }
}

fn digits(name: &[u8], length: usize) -> Option<&str> {
    let text = std::str::from_utf8(name.get(..length)?).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::NameTemplate;

    fn check(template: &str, name: &str, expected: Option<&str>) {
        let found = NameTemplate::parse(template).unwrap().read(name).map(|named| named.symbol());
        assert_eq!(found.as_deref(), expected, "{template} on {name}");
    }

    #[test]
    fn names_give_contracts() {
        check("{root}_{month}{yy}_1min.txt", "NQ_H24_1min.txt", Some("NQH24"));
        check("{root}_{month}{yy}_1min.txt", "MNQ_Z25_1MIN.TXT", Some("MNQZ25"));
        check("{root}_{month}{yy}_1min.txt", "NQ_H24_5min.txt", None);
        check("{root}_{month}{yy}_1min.txt", "NQ_I24_1min.txt", None);
        check("{root}{month}{yy}_intraday-1min*", "nqh26_intraday-1min_historical-data-01-02-2026.csv", Some("NQH26"));
        check("*_{root}{month}{yyyy}, 1.csv", "CME_MINI_NQH2026, 1.csv", Some("NQH2026"));
        check("*_{root}{month}{yyyy}, 1.csv", "CME_MINI_NQ1!, 1.csv", None);
        check("*!, *.csv", "CME_MINI_NQ1!, 5.csv", Some(""));
        // A root may end in letters of months.
        check("{root}{month}{y}.csv", "MNQH6.csv", Some("MNQH6"));
        check("{root} {mm}-{yy}.txt", "NQ 03-25.txt", Some("NQH25"));
        check("{root} {mm}-{yy}.txt", "NQ 13-25.txt", None);
        check("{root}.csv", "TOOLONGROOT.csv", None);
    }

    #[test]
    fn a_long_name_takes_no_longer_for_many_stars() {
        let name = format!("{}b.csv", "A".repeat(250));
        check(&"*a".repeat(100), &name, None);
        check("*a*a*a*a*a*a*a*a*{root}{month}{yy}.csv", &name, None);
    }

    #[test]
    fn templates_that_are_none_are_refused() {
        for bad in ["{year}", "{root", "{root}{month}{root}", "é"] {
            assert!(NameTemplate::parse(bad).is_err(), "{bad}");
        }
    }
}
