//! CIDR functions, IPv4 and IPv6 alike.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Call, Outcome};

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "parsecidr" => call
            .count(1, 1)
            .and_then(|()| parse(call.text(0)?))
            .map(|network| network.described()),
        "cidrsubnet" => subnet(call),
        "cidrhost" => host(call),
        _ => return None,
    })
}

/// A network: its first address as a number, the prefix and how many bits an address has.
struct Network {
    first: u128,
    prefix: u32,
    bits: u32,
}

fn parse(text: &str) -> Result<Network, String> {
    let wrong = || format!("'{text}' is not a network in CIDR notation");
    let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
    let prefix: u32 = prefix.parse().map_err(|_| wrong())?;
    let (number, bits) = match address.parse().map_err(|_| wrong())? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    if prefix > bits {
        return Err(wrong());
    }
    Ok(Network {
        first: number & !hosts(bits - prefix),
        prefix,
        bits,
    })
}

/// A mask of the lowest `bits` bits.
fn hosts(bits: u32) -> u128 {
    1_u128.checked_shl(bits).map_or(u128::MAX, |power| power - 1)
}

impl Network {
    fn last(&self) -> u128 {
        self.first | hosts(self.bits - self.prefix)
    }

    fn write(&self, number: u128) -> String {
        match u32::try_from(number) {
            Ok(small) if self.bits == 32 => std::net::Ipv4Addr::from(small).to_string(),
            _ => std::net::Ipv6Addr::from(number).to_string(),
        }
    }

    /// Usable hosts leave out the network's and the broadcast address of IPv4.
    fn described(&self) -> Value {
        let edges = u128::from(self.bits == 32 && self.prefix < 31);
        let mut fields = json!({
            "network": self.write(self.first),
            "netmask": self.write(hosts(self.bits) & !hosts(self.bits - self.prefix)),
            "broadcast": self.write(self.last()),
            "firstUsable": self.write(self.first + edges),
            "lastUsable": self.write(self.last() - edges),
            "cidr": self.prefix,
        });
        if self.bits == 128
            && let Some(fields) = fields.as_object_mut()
        {
            fields.shift_remove("broadcast");
        }
        fields
    }
}

fn subnet(call: Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let network = parse(call.text(0)?)?;
    let (prefix, index) = (call.size(1)?, call.size(2)?);
    let outside = || {
        format!(
            "there is no subnet {index} of length {prefix} in '{}'",
            call.text(0).unwrap_or_default()
        )
    };
    let prefix = u32::try_from(prefix).map_err(|_| outside())?;
    if prefix < network.prefix || prefix > network.bits {
        return Err(outside());
    }
    let step = 1_u128.checked_shl(network.bits - prefix);
    let offset = match step {
        Some(step) => u128::try_from(index)
            .ok()
            .and_then(|index| step.checked_mul(index)),
        None => (index == 0).then_some(0),
    };
    let first = offset.and_then(|offset| network.first.checked_add(offset));
    let first = first
        .filter(|first| *first <= network.last())
        .ok_or_else(outside)?;
    Ok(Value::from(format!("{}/{prefix}", network.write(first))))
}

/// The host at `index`, the first one after the network's own address being 0.
fn host(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let (network, index) = (parse(call.text(0)?)?, call.size(1)?);
    let offset = u128::try_from(index)
        .unwrap_or(u128::MAX)
        .saturating_add(u128::from(network.bits == 32));
    let address = network
        .first
        .checked_add(offset)
        .filter(|address| *address <= network.last());
    address
        .map(|address| Value::from(network.write(address)))
        .ok_or_else(|| {
            format!(
                "there is no host {index} in '{}'",
                call.text(0).unwrap_or_default()
            )
        })
}
