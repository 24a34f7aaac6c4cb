//! At start: which accounts there are, and the release each of them stands on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use posthouse_registry::package::is_older;
use secrecy::ExposeSecret as _;
use tracing::{error, info, warn};

use crate::app::House;
use crate::parcel::Account;
use crate::recall;
use crate::route::{Release, Standing};
use crate::sandbox::Adapter;
use crate::shelf::NotLoaded;
use crate::store::{Act, Generation, Refuge};
use crate::vault::{self, Credentials, Fields, Refused, Secrets};

/// Adds what the credentials file has and the vault has not, then gives every account its release.
pub async fn pair(house: &House) -> anyhow::Result<()> {
    import(house).await?;
    let mut accounts: BTreeMap<Account, Vec<Generation>> = BTreeMap::new();
    for row in house.store.generations().await? {
        accounts.entry(row.of()).or_default().push(row);
    }
    for (carrier, adapter) in house.shelf.all().iter() {
        let has_none = !accounts.keys().any(|account| *account.carrier == **carrier);
        if has_none && adapter.manifest.credential.values().all(|field| field.optional) {
            accounts.insert(Account::new(carrier, "main"), vec![]);
        }
    }
    let standing = house.store.standing().await?;
    for (account, generations) in accounts {
        if let Err(why) = stand(house, &account, &generations, standing.get(&account)).await {
            warn!(carrier.id = %account.carrier, "{why:#}; nothing is asked for this account");
        }
    }
    Ok(())
}

/// Accounts that nothing was there for, once more: a release came, or is trusted again.
pub async fn again(house: &House) {
    house.shelf.look_again();
    let generations = house.store.generations().await.unwrap_or_default();
    let mut accounts: BTreeSet<Account> = generations.iter().map(Generation::of).collect();
    let free = |adapter: &Arc<Adapter>| adapter.manifest.credential.values().all(|field| field.optional);
    accounts.extend(house.shelf.all().iter().filter(|(_, adapter)| free(adapter)).map(|(carrier, _)| Account::new(carrier, "main")));
    for account in accounts.iter().filter(|account| house.shelf.all().contains_key(&*account.carrier)) {
        if let Err(why) = join(house, account).await {
            warn!(carrier.id = %account.carrier, "{why:#}; nothing is asked for this account");
        }
    }
}

/// An account that comes while the host runs: it stands on what fits it, unless somebody was faster.
pub async fn join(house: &House, account: &Account) -> anyhow::Result<()> {
    if house.releases.of(account).is_some() {
        return Ok(());
    }
    let all = house.store.generations().await?;
    let own: Vec<Generation> = all.into_iter().filter(|row| row.of() == *account).collect();
    stand(house, account, &own, house.store.standing().await?.get(account)).await
}

async fn stand(house: &House, account: &Account, generations: &[Generation], stood: Option<&(String, u32)>) -> anyhow::Result<()> {
    let stable = stable(house, account, generations, stood).await?;
    info!(carrier.id = %account.carrier, release.id = stable.id(), "{account} is on {}", stable.id());
    house.shelf.set_current(stable.adapter.clone());
    house.releases.publish(account, &Standing { stable, candidate: None });
    Ok(())
}

/// What it stood on before; at first, the newest of both that fit each other.
async fn stable(house: &House, account: &Account, generations: &[Generation], stood: Option<&(String, u32)>) -> anyhow::Result<Release> {
    if let Some((version, generation)) = stood {
        let adapter = match house.shelf.version(&account.carrier, version) {
            Ok(adapter) => adapter,
            Err(why) => instead(house, account, version, *generation, why).await?,
        };
        let row = generations.iter().find(|row| row.generation == *generation && row.retired_at.is_none());
        return Ok(release(house, account, &adapter, *generation, opened(house, row)?).await?);
    }
    let adapter = house.shelf.all().get(&*account.carrier).cloned().ok_or_else(|| anyhow::anyhow!("no adapter for {account}"))?;
    let newest = generations.iter().rfind(|row| row.retired_at.is_none());
    let generation = newest.map_or(1, |row| row.generation);
    let release = release(house, account, &adapter, generation, opened(house, newest)?).await?;
    let act = act("release.stand", release.id(), "the first there was");
    house.store.stand(account, &adapter.manifest.version, generation, act, house.now()).await?;
    Ok(release)
}

/// What an account stands on when its version is not there. Where adapters are signed, a file that
/// disappears must not bring back an older one; a version that was taken back gives way to any.
async fn instead(house: &House, account: &Account, version: &str, generation: u32, why: NotLoaded) -> anyhow::Result<Arc<Adapter>> {
    let highest = house.shelf.all().get(&*account.carrier).cloned().ok_or_else(|| anyhow::anyhow!("no adapter for {account}: {why}"))?;
    if let Some(distrust) = why.taken_back() {
        let (to, release) = (highest.manifest.version.clone(), format!("{}@{version}", account.carrier));
        let named = Some((to, generation, format!("{}+{generation}", highest.manifest.release())));
        recall::record(house, &release, distrust, vec![Refuge { account: account.clone(), to: named, only: None }]).await?;
        return Ok(highest);
    }
    if !house.config.adapters.unsigned && is_older(&highest.manifest.version, version) {
        anyhow::bail!("{account} stands on version {version}: {why}; an older one would be {}", highest.manifest.release());
    }
    error!(carrier.id = %account.carrier, "{account} stands on version {version}: {why}; until it is back: {}", highest.manifest.release());
    Ok(highest)
}

fn opened(house: &House, row: Option<&Generation>) -> anyhow::Result<Fields> {
    row.map_or_else(|| Ok(Fields::new()), |row| house.vault.open_fields(&row.sealed))
}

/// An adapter and a credential it accepts, with the tokens that were captured before a restart.
pub async fn release(
    house: &House,
    account: &Account,
    adapter: &Arc<Adapter>,
    generation: u32,
    fields: Fields,
) -> Result<Release, Refused> {
    let secrets = Arc::new(vault::check(account, generation, fields, &adapter.manifest)?);
    let captured = house.store.tokens(account, &secrets).await.unwrap_or_else(|why| {
        warn!(carrier.id = %account.carrier, "tokens of {account} cannot be read and are fetched anew: {why}");
        BTreeMap::new()
    });
    let secrets: Arc<Secrets> = if captured.is_empty() { secrets } else { Arc::new(secrets.with_captured(captured)) };
    let endpoints = house.config.carriers.get(&*account.carrier).map(|row| row.endpoints.clone()).unwrap_or_default();
    Ok(Release { adapter: adapter.clone(), secrets, endpoints: Arc::new(endpoints) })
}

/// An account of the file that the vault does not know becomes its generation 1. Later the file is
/// not looked at again for it: a credential is changed by a rollout, not by a restart.
async fn import(house: &House) -> anyhow::Result<()> {
    let file = Credentials::read(&house.config.vault.credentials)?;
    let kept = house.store.generations().await?;
    for (account, fields) in file.all() {
        let Some(adapter) = house.shelf.all().get(&*account.carrier).cloned() else {
            warn!(carrier.id = %account.carrier, "a credential for {account}, and no adapter for it");
            continue;
        };
        let own: Vec<_> = kept.iter().filter(|row| row.of() == *account).collect();
        if own.is_empty() {
            if let Err(refused) = file.for_account(account, &adapter.manifest) {
                warn!(carrier.id = %account.carrier, "{refused}; nothing is asked for this account");
                continue;
            }
            let act = act("credential.import", account.to_string(), "the credentials file");
            house.store.add_generation(account, house.vault.seal_fields(fields), act, house.now()).await?;
        } else if !own.iter().any(|row| house.vault.open_fields(&row.sealed).is_ok_and(|known| same(&known, fields))) {
            let file = house.config.vault.credentials.display();
            warn!(carrier.id = %account.carrier, "{account} in {file} is not what the vault has, which is used; add it with `posthouse credential add`");
        }
    }
    Ok(())
}

fn same(one: &Fields, other: &Fields) -> bool {
    one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|v| v.expose_secret() == value.expose_secret()))
}

fn act(act: &'static str, subject: String, reason: &str) -> Act {
    Act { actor: "host".into(), act, subject, reason: reason.into(), evidence: None }
}
