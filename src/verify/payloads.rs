//! Gets the signed payload of a signature: computed where it has a usual spelling, otherwise fetched.
//!
//! The digest of the layer decides whether computed bytes are the payload. They are verified as fetched bytes are.

use bytes::Bytes;

use super::signatures::SignedObjectSearch;
use super::walk::Walk;
use crate::oci::{Descriptor, Repository};
use crate::registry;
use crate::trust::ExpectedPayload;

impl Walk<'_> {
    /// The payload in `layer`. The bytes have its digest and size.
    pub(super) async fn payload(
        &self,
        search: SignedObjectSearch<'_>,
        layer: &Descriptor,
    ) -> Result<Bytes, registry::Error> {
        let limit = self.options.limits.payload;
        let computed = (layer.size <= limit).then(|| self.compute_payload(search, layer)).flatten();
        let Some(payload) = computed else { return self.blob(search.repository, layer, limit).await };
        self.count(|| format!("blob {}@{}", search.repository, layer.digest), layer.size)?;
        Ok(payload.into())
    }

    /// Computes payloads only for registries: reading a file costs no request, and shows whether the layout is whole.
    fn compute_payload(&self, search: SignedObjectSearch<'_>, layer: &Descriptor) -> Option<Vec<u8>> {
        let Repository::Remote(found_in) = search.repository else { return None };
        let repository = match &self.reference.repository {
            Repository::Remote(repository) => repository,
            _ => found_in,
        };
        let expected = ExpectedPayload::new(repository, self.options.names.exact(), search.claims.cloned());
        expected.find(layer, &search.object.digest)
    }
}
