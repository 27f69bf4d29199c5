//! The known flaws C1 to C14 of the original Python program, each shown beside what this workspace does instead.
//!
//! `peaktrade_parity` does as the original does; the calendar, the importers, the continuous series and `peakctl` do
//! better. One test for each flaw; its name begins with the flaw's.
//!
//! | flaw | the original | here |
//! |---|---|---|
//! | C1 | the market's move over a roll goes into the adjustment | both legs are read at one and the same time |
//! | C2 | rolls are written by hand, any minute will do | rolls follow from a named policy and the calendar |
//! | C3 | ratio prices leave the tick grid, the digest depends on the order of multiplications | exact ratios, one rounding, the grid on request |
//! | C4 | offsets drift where the tick is no binary fraction | prices are integers |
//! | C5 | a back-adjusted price at or below zero ends the build | it is computed, and told |
//! | C6 | holes, wrong order, expired bars, one contract twice: all pass | each is refused or counted |
//! | C7 | infinities, open outside low and high, off-tick prices, fractional volume pass | each is refused or counted |
//! | C8 | weekends and holidays are sessions | the calendar knows week, holidays and trade dates |
//! | C9 | contracts expire on third Fridays, also where these are holidays | expiries are the calendar's |
//! | C10 | nobody says which end of a bar its stamp is | stamps are the open; what a file cannot tell must be stated |
//! | C11 | times without a zone are read in the machine's | an instant without a zone is refused |
//! | C12 | the digest misses small changes, large volumes and the specification | rows are digested as integers, the id covers the specification |
//! | C13 | paths in symbols, epoch seconds taken for nanoseconds, files half written | symbols are names, years are plausible, files appear whole |
//! | C14 | digits of any script, years that cannot be written, roots that cannot be read | ASCII, and what is written reads back |

mod arithmetic;
mod bars;
mod frames;
mod names;
mod rolls;
mod store;
