//! Chains of numbered documents: the one with the highest number is in force, and a number is taken once.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::objects::{Objects, Put};
use crate::seal;

/// A folder of documents `00000001.json`, `00000002.json`, ...
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain<'a> {
    objects: &'a Objects,
    folder: &'a str,
}

impl<'a> Chain<'a> {
    pub(crate) fn new(objects: &'a Objects, folder: &'a str) -> Self {
        Self { objects, folder }
    }

    /// Number of the newest document; 0 for none.
    ///
    /// # Errors
    /// Where a name is foreign or a number is missing below the newest: a chain with a hole has lost a document.
    pub(crate) async fn newest(&self) -> Result<u64, StoreError> {
        let names = self.objects.list(self.folder).await?;
        for (name, expected) in names.iter().zip(1_u64..) {
            if *name != self.name(expected) {
                let problem = format!("expected {} at this place of the chain", self.name(expected));
                return Err(StoreError::Manifest { name: name.clone(), problem });
            }
        }
        Ok(names.len() as u64)
    }

    /// One document and its bytes.
    pub(crate) async fn get<T: DeserializeOwned>(&self, number: u64) -> Result<(T, Bytes), StoreError> {
        read_document(self.objects, &self.name(number))
            .await?
            .ok_or_else(|| StoreError::Missing { name: self.name(number) })
    }

    /// Bytes of one document.
    pub(crate) async fn bytes(&self, number: u64) -> Result<Bytes, StoreError> {
        let name = self.name(number);
        self.objects.get(&name).await?.ok_or(StoreError::Missing { name })
    }

    /// Publishes a document under a number; [`Put::Existed`] where another writer was first.
    pub(crate) async fn put<T: Serialize>(&self, number: u64, document: &T) -> Result<Put, StoreError> {
        put_document(self.objects, &self.name(number), document).await
    }

    /// Makes the names of the chain durable: its newest document may have been published by a process that died before it
    /// could do so.
    pub(crate) async fn sync(&self) -> Result<(), StoreError> {
        self.objects.sync_folders([self.name(1).as_str()]).await
    }

    pub(crate) fn name(&self, number: u64) -> String {
        format!("{}/{number:08}.json", self.folder)
    }
}

/// A document as canonical bytes: fields in the order of the type, no spaces, a line feed at the end.
pub(crate) fn to_bytes<T: Serialize>(document: &T) -> Bytes {
    let mut bytes = serde_json::to_vec(document).expect("documents have string keys and no failing serializers");
    bytes.push(b'\n');
    Bytes::from(bytes)
}

/// Publishes a document under a name, sealed; [`Put::Existed`] where the name was taken.
pub(crate) async fn put_document<T: Serialize>(objects: &Objects, name: &str, document: &T) -> Result<Put, StoreError> {
    let bytes = to_bytes(document);
    let sealed = seal::put(objects, name, &bytes).await?;
    let put = objects.put_if_absent(name, bytes).await?;
    objects.sync_folders([name, sealed.as_str()]).await?;
    Ok(put)
}

/// Reads a document; `None` where there is none.
pub(crate) async fn read_document<T: DeserializeOwned>(
    objects: &Objects,
    name: &str,
) -> Result<Option<(T, Bytes)>, StoreError> {
    let Some(bytes) = objects.get(name).await? else { return Ok(None) };
    seal::check(objects, name, &bytes).await?;
    match serde_json::from_slice(&bytes) {
        Ok(document) => Ok(Some((document, bytes))),
        Err(error) => Err(StoreError::Manifest { name: name.to_owned(), problem: error.to_string() }),
    }
}
