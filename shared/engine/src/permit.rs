//! What a permit says, and the exact bytes under its signature. Signing and verifying belong to the services.

use peaktrade_domain::{Sha256, UnixNanos};
use serde::{Deserialize, Serialize};

/// The claims of a permit: the risk gate allowed this order, under this policy, in this decision, until this instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermitClaims {
    /// Digest of the order.
    pub order_sha256: Sha256,
    /// Digest of the policy.
    pub policy_sha256: Sha256,
    /// Number of the decision in the gate's log.
    pub decision_sequence: u64,
    /// Last event time at which the permit holds.
    pub expires_at: UnixNanos,
}

/// Separates the signature of a permit from every other use of the key.
const DOMAIN: &[u8; 20] = b"peaktrade.permit.v1\0";

impl PermitClaims {
    /// The bytes that are signed: the domain string, both digests, then sequence and expiry (nanoseconds since the epoch)
    /// in eight bytes each, big-endian.
    pub fn signing_bytes(&self) -> [u8; 100] {
        let mut bytes = [0_u8; 100];
        bytes[..20].copy_from_slice(DOMAIN);
        bytes[20..52].copy_from_slice(self.order_sha256.as_bytes());
        bytes[52..84].copy_from_slice(self.policy_sha256.as_bytes());
        bytes[84..92].copy_from_slice(&self.decision_sequence.to_be_bytes());
        bytes[92..].copy_from_slice(&self.expires_at.nanos().to_be_bytes());
        bytes
    }

    /// Whether the permit is void at an event time.
    pub fn is_expired_at(&self, event_time: UnixNanos) -> bool {
        event_time > self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::PermitClaims;
    use peaktrade_domain::{Sha256, UnixNanos};

    #[test]
    fn signing_bytes_are_fixed() {
        let claims = PermitClaims {
            order_sha256: Sha256::from_bytes([1; 32]),
            policy_sha256: Sha256::from_bytes([2; 32]),
            decision_sequence: 258,
            expires_at: UnixNanos::from_nanos(-2),
        };
        let mut expected = b"peaktrade.permit.v1\0".to_vec();
        expected.extend_from_slice(&[1; 32]);
        expected.extend_from_slice(&[2; 32]);
        expected.extend_from_slice(&[0, 0, 0, 0, 0, 0, 1, 2]);
        expected.extend_from_slice(&[255, 255, 255, 255, 255, 255, 255, 254]);
        assert_eq!(claims.signing_bytes().to_vec(), expected);
        assert!(!claims.is_expired_at(UnixNanos::from_nanos(-2)));
        assert!(claims.is_expired_at(UnixNanos::from_nanos(-1)));
    }
}
