//! Seals: beside each document an object whose name holds the digest that the document was published with.
//!
//! Month files are checked against their manifests, and manifests against nothing: a changed digit in one could still be
//! read. With its seal it cannot, nor can one document stand in for another. A seal is one line as `sha256sum --check`
//! takes it. Documents without one are those of stores from before there were seals; they are read as they were.

use bytes::Bytes;
use peaktrade_domain::Sha256;

use crate::StoreError;
use crate::objects::Objects;

/// Hexadecimal digits of the digest in a seal's name: 128 bits, beyond what damage meets by chance.
const DIGITS: usize = 32;

/// Seals a document that is about to be published under a name; the seal's own name.
pub(crate) async fn put(objects: &Objects, name: &str, document: &Bytes) -> Result<String, StoreError> {
    let sha256 = Sha256::of(document);
    let sealed = seal_name(name, sha256);
    let line = Bytes::from(format!("{sha256}  {name}\n"));
    objects.put_if_absent(&sealed, line).await?;
    Ok(sealed)
}

/// Refuses a document that has seals and none of this digest. Another writer's seal may stand beside the right one: it was
/// made before its document lost the name.
pub(crate) async fn check(objects: &Objects, name: &str, document: &Bytes) -> Result<(), StoreError> {
    let found = Sha256::of(document);
    if objects.exists(&seal_name(name, found)).await? {
        return Ok(());
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let prefix = format!("seals/{name}-");
    let seals = objects.list(&format!("seals/{folder}")).await?;
    match seals.iter().find_map(|seal| seal.strip_prefix(&prefix)) {
        None => Ok(()),
        Some(digits) => Err(StoreError::Unsealed { name: name.to_owned(), found, expected: digits.to_owned() }),
    }
}

fn seal_name(name: &str, sha256: Sha256) -> String {
    let digits: String = sha256.to_string().chars().take(DIGITS).collect();
    format!("seals/{name}-{digits}")
}
