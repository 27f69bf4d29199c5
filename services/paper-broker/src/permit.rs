//! The gate's signed permit, verified before anything is accepted.

use ed25519_dalek::{Signature, VerifyingKey};
use peaktrade_domain::{Sha256, UnixNanos};
use peaktrade_engine::order::Order;
use peaktrade_engine::permit::PermitClaims;
use peaktrade_wire::risk::v1 as risk;

/// Why an ALLOW is not believed. The order is then refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PermitFault {
    #[error("PERMIT_INVALID: the gate allowed the order without a permit")]
    Missing,
    #[error("PERMIT_INVALID: {field} of the permit is no {expected}")]
    Malformed { field: &'static str, expected: &'static str },
    #[error("PERMIT_INVALID: the permit is for order {permitted}, not {order}")]
    OtherOrder { permitted: Sha256, order: Sha256 },
    #[error("PERMIT_INVALID: the permit was given under policy {permitted}, the session was opened under {session}")]
    OtherPolicy { permitted: Sha256, session: Sha256 },
    #[error("PERMIT_INVALID: the permit expired at {expires_at}, the order is of {event_time}")]
    Expired { expires_at: UnixNanos, event_time: UnixNanos },
    #[error("PERMIT_INVALID: the signature is not the gate's")]
    Signature,
}

/// Checks that a permit is the gate's word on this order, under the session's policy, at the order's event time.
pub(crate) fn verify(
    permit: Option<&risk::Permit>,
    order: &Order,
    policy: Sha256,
    event_time: UnixNanos,
    key: &VerifyingKey,
) -> Result<(), PermitFault> {
    let permit = permit.ok_or(PermitFault::Missing)?;
    let claims = PermitClaims {
        order_sha256: digest(&permit.order_sha256, "order_sha256")?,
        policy_sha256: digest(&permit.policy_sha256, "policy_sha256")?,
        decision_sequence: permit.decision_sequence,
        expires_at: peaktrade_wire::instant(permit.expires_at, "expires_at")
            .map_err(|_| PermitFault::Malformed { field: "expires_at", expected: "instant" })?,
    };
    let signature = Signature::from_slice(&permit.signature)
        .map_err(|_| PermitFault::Malformed { field: "signature", expected: "Ed25519 signature of 64 bytes" })?;
    key.verify_strict(&claims.signing_bytes(), &signature).map_err(|_| PermitFault::Signature)?;
    if claims.order_sha256 != order.digest() {
        return Err(PermitFault::OtherOrder { permitted: claims.order_sha256, order: order.digest() });
    }
    if claims.policy_sha256 != policy {
        return Err(PermitFault::OtherPolicy { permitted: claims.policy_sha256, session: policy });
    }
    if claims.is_expired_at(event_time) {
        return Err(PermitFault::Expired { expires_at: claims.expires_at, event_time });
    }
    Ok(())
}

fn digest(bytes: &[u8], field: &'static str) -> Result<Sha256, PermitFault> {
    let bytes = bytes.try_into().map_err(|_| PermitFault::Malformed { field, expected: "SHA-256 of 32 bytes" })?;
    Ok(Sha256::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use peaktrade_domain::{Sha256, Side, UnixNanos};
    use peaktrade_engine::order::{Order, OrderType, TimeInForce};
    use peaktrade_engine::permit::PermitClaims;
    use peaktrade_wire::risk::v1 as risk;

    use super::{PermitFault, verify};

    const POLICY: Sha256 = Sha256::from_bytes([7; 32]);

    fn order() -> Order {
        Order {
            session_id: "s".to_owned(),
            account: "demo".to_owned(),
            client_order_id: "o".to_owned(),
            contract: "NQM2026".parse().unwrap(),
            side: Side::Buy,
            quantity: 1,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Day,
        }
    }

    fn at(seconds: i64) -> UnixNanos {
        UnixNanos::from_seconds(seconds).unwrap()
    }

    fn permit(key: &SigningKey, claims: &PermitClaims) -> risk::Permit {
        risk::Permit {
            order_sha256: claims.order_sha256.as_bytes().to_vec(),
            policy_sha256: claims.policy_sha256.as_bytes().to_vec(),
            decision_sequence: claims.decision_sequence,
            expires_at: Some(peaktrade_wire::timestamp(claims.expires_at)),
            signature: key.sign(&claims.signing_bytes()).to_bytes().to_vec(),
        }
    }

    #[test]
    fn only_the_gates_word_on_this_order_is_believed() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let good = PermitClaims {
            order_sha256: order().digest(),
            policy_sha256: POLICY,
            decision_sequence: 9,
            expires_at: at(100),
        };
        let check = |permit: Option<risk::Permit>, event_time: i64| {
            verify(permit.as_ref(), &order(), POLICY, at(event_time), &key.verifying_key())
        };
        assert_eq!(check(Some(permit(&key, &good)), 100), Ok(()));
        assert_eq!(check(None, 100), Err(PermitFault::Missing));
        assert!(matches!(check(Some(permit(&key, &good)), 101), Err(PermitFault::Expired { .. })));
        let other_order = PermitClaims { order_sha256: Sha256::from_bytes([0; 32]), ..good };
        assert!(matches!(check(Some(permit(&key, &other_order)), 100), Err(PermitFault::OtherOrder { .. })));
        let other_policy = PermitClaims { policy_sha256: Sha256::from_bytes([8; 32]), ..good };
        assert!(matches!(check(Some(permit(&key, &other_policy)), 100), Err(PermitFault::OtherPolicy { .. })));
        let forged = permit(&SigningKey::from_bytes(&[2; 32]), &good);
        assert_eq!(check(Some(forged), 100), Err(PermitFault::Signature));
        // What is not signed as it stands is not believed, whatever it says.
        let mut stretched = permit(&key, &good);
        stretched.expires_at = Some(peaktrade_wire::timestamp(at(1_000)));
        assert_eq!(check(Some(stretched), 101), Err(PermitFault::Signature));
        let mut short = permit(&key, &good);
        short.signature.pop();
        assert!(matches!(check(Some(short), 100), Err(PermitFault::Malformed { field: "signature", .. })));
    }
}
