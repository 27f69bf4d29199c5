//! Configuration: defaults < file < environment < flag, unknown keys refused, every problem reported at once.
//!
//! A program lists its keys once; each has one name, written `DATA_DIR` in the environment, `data_dir` in a TOML file and
//! `--data-dir` on the command line.
//!
//! What it does not do: it sets no gate (a file or flag that names one is refused), it holds no secret, and it never
//! falls back to a default where a value was given and is wrong. A value that a stronger source hides is checked too.
//!
//! ```
//! use peaktrade_config::{Arguments, Key, Sources, load};
//! use std::net::SocketAddr;
//!
//! const LISTEN: Key<SocketAddr> = Key::with_default("LISTEN", "127.0.0.1:9121", "address of the gRPC port");
//! const CALENDAR_FILE: Key<Option<std::path::PathBuf>> = Key::optional("CALENDAR_FILE", "calendar file to hand out");
//!
//! let arguments = Arguments::parse(["--listen".to_owned(), "127.0.0.1:7000".to_owned()], &[]);
//! let sources = Sources { file: None, environment: vec![], arguments };
//! let settings = load(&[&LISTEN, &CALENDAR_FILE], sources).unwrap();
//! assert_eq!(settings.get(&LISTEN).port(), 7000);
//! assert_eq!(settings.get(&CALENDAR_FILE), None);
//! assert_eq!(settings.dump(), "calendar_file: null # default\nlisten: \"127.0.0.1:7000\" # flag\n");
//! ```

mod arguments;
mod key;
pub mod keys;
mod load;
mod value;

#[cfg(test)]
mod tests;

pub use arguments::Arguments;
pub use key::{Key, Setting};
pub use load::{Problem, Problems, Settings, Source, Sources, load};
pub use value::{Endpoint, LogLevel, Value};
