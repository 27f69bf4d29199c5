//! ListDatasets: what was built, in pages that a client takes.

use peaktrade_continuous::BarSize;
use peaktrade_wire::FieldError;
use peaktrade_wire::dataset::v1 as wire;
use prost::Message as _;
use tonic::Status;

use crate::library::Library;
use crate::status;
use crate::wire as to_wire;

/// Datasets of a page at most, and where nothing is asked for.
const PAGE_MAX: u32 = 1_000;

/// Bytes of a page at most: half of what clients take as one message.
const PAGE_BYTES_MAX: usize = 2 << 20;

/// A page of the datasets of a root, or of all.
pub(crate) async fn datasets(
    library: &Library,
    request: &wire::ListDatasetsRequest,
) -> Result<wire::ListDatasetsResponse, Status> {
    let roots = if request.root.is_empty() { library.roots() } else { vec![library.admit(&request.root)?] };
    let mut manifests = Vec::new();
    for root in roots {
        // Minutes come last: what is traded on is the newest of them.
        for bar in BarSize::ALL.into_iter().rev() {
            let of_bar = library.store.datasets(root, bar.name()).await;
            manifests.extend(of_bar.map_err(|error| status::of_store(&error))?);
        }
    }
    Ok(page(manifests.iter().map(to_wire::dataset), request.page_size, &request.page_token)?)
}

/// The datasets after the one that a token names, as many as fit.
fn page(
    datasets: impl Iterator<Item = wire::Dataset>,
    page_size: u32,
    token: &str,
) -> Result<wire::ListDatasetsResponse, FieldError> {
    if page_size > PAGE_MAX {
        return Err(FieldError::new("page_size", format!("{page_size}; 0 to {PAGE_MAX} are allowed")));
    }
    let most = usize::try_from(if page_size == 0 { PAGE_MAX } else { page_size }).unwrap_or(usize::MAX);
    let mut datasets = datasets;
    if !token.is_empty() && !datasets.any(|dataset| dataset.dataset_id == token) {
        let shown: String = token.chars().take(80).collect();
        let problem = format!("{shown:?} ends no page any more; an empty one begins anew");
        return Err(FieldError::new("page_token", problem));
    }
    let mut answer = wire::ListDatasetsResponse::default();
    let mut bytes = 0;
    for dataset in datasets {
        bytes += dataset.encoded_len();
        if let Some(last) = answer.datasets.last().filter(|_| answer.datasets.len() == most || bytes > PAGE_BYTES_MAX) {
            answer.next_page_token = last.dataset_id.clone();
            break;
        }
        answer.datasets.push(dataset);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use peaktrade_wire::dataset::v1 as wire;
    use prost::Message as _;

    use super::page;

    /// So many datasets with contracts of so many bytes.
    fn datasets(count: usize, bytes: usize) -> impl Iterator<Item = wire::Dataset> {
        (0..count).map(move |number| wire::Dataset {
            dataset_id: number.to_string(),
            contracts: vec!["x".repeat(bytes)],
            ..wire::Dataset::default()
        })
    }

    #[test]
    fn pages_together_are_the_whole_list_and_each_fits_into_a_message() {
        for (count, bytes, page_size, sizes) in [
            (0, 0, 0, vec![0]),
            (5, 10, 2, vec![2, 2, 1]),
            (4, 10, 2, vec![2, 2]),
            (2_500, 100, 0, vec![1_000, 1_000, 500]),
            (5, 1 << 20, 0, vec![1, 1, 1, 1, 1]),
            (7, 600 << 10, 1_000, vec![3, 3, 1]),
        ] {
            let (mut token, mut listed, mut found) = (String::new(), Vec::new(), Vec::new());
            loop {
                let answer = page(datasets(count, bytes), page_size, &token).unwrap();
                assert!(answer.encoded_len() < 4 << 20);
                found.push(answer.datasets.len());
                listed.extend(answer.datasets);
                token = answer.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!((found, listed), (sizes, datasets(count, bytes).collect()));
        }
        assert!(page(datasets(3, 1), 1_001, "").unwrap_err().to_string().contains("0 to 1000 are allowed"));
        assert!(page(datasets(3, 1), 0, "9").unwrap_err().to_string().contains("\"9\" ends no page any more"));
    }
}
