//! Releases in any OCI registry.
//!
//! A release is a wasm artifact as the ecosystem's tools know it: a config of
//! `application/vnd.wasm.config.v0+json` and exactly one layer, `application/wasm`. They refuse a second layer,
//! so the signatures are an artifact of their own, `VERSION.sig`, which names the release as its subject.

use std::time::Duration;

use futures::StreamExt as _;
use oci_client::Reference;
use oci_client::client::{Client, ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::errors::{DigestError, OciDistributionError, OciErrorCode};
use oci_client::manifest::{OciDescriptor, OciImageManifest, OciManifest};
use oci_client::secrets::RegistryAuth;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use wit_component::DecodedWasm;

use crate::package::{Digest, Package};

/// As `wkg` and `oci-wasm` name them.
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const LAYER: &str = "application/wasm";
/// Ours.
pub const SIGNATURES: &str = "application/vnd.posthouse.signatures.v1+json";
pub const INDEX: &str = "application/vnd.posthouse.index.v1+json";

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A component in Python is forty.
const LARGEST_PACKAGE: usize = 128 << 20;
const LARGEST_TEXT: usize = 4 << 20;
const CONNECT: Duration = Duration::from_secs(5);
/// Between two pieces of an answer.
const READ: Duration = Duration::from_secs(30);
/// Whatever is asked: who sends a byte now and then does not keep a host from starting.
const WHOLE: Duration = Duration::from_secs(60);

/// A registry and the prefix under which adapters lie.
pub struct Oci {
    client: Client,
    scheme: &'static str,
    host: String,
    prefix: String,
    auth: RegistryAuth,
}

/// Who asks.
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

/// A release as it came.
pub struct Pulled {
    pub package: Vec<u8>,
    pub signatures: Option<String>,
}

/// Why a registry did not do it. No password is ever in it.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    #[error("`{0}` is no address of a registry: write oci://HOST/PREFIX, or oci+http://HOST/PREFIX without TLS")]
    Address(String),
    #[error("{host} is asked without TLS, and a password would be read on the way: write oci:// or leave the login out")]
    Plain { host: String },
    #[error("no registry answers at {host}: {why}")]
    Unreachable { host: String, why: String },
    #[error("{host} refuses who asks: set adapters.login (or --login) to a file with USER:PASSWORD that may do this")]
    Refused { host: String },
    #[error("no {what} in {host}")]
    Absent { what: String, host: String },
    #[error("{what} is there with other bytes ({there}): raise the version")]
    Taken { what: String, there: String },
    #[error("{what} should be {expected} and is {found}")]
    Mismatch { what: String, expected: String, found: String },
    #[error("{what} is no adapter: {why}")]
    NotOurs { what: String, why: String },
    #[error("{what} has more than {most} bytes")]
    TooLarge { what: String, most: usize },
    #[error("{host}: {why}")]
    Other { host: String, why: String },
}

impl Oci {
    /// `oci://host[:port]/prefix`; `oci+http://` without TLS.
    pub fn open(address: &str, login: Option<Login>) -> Result<Self, OciError> {
        let bad = || OciError::Address(without_login(address));
        let (protocol, scheme, rest) = match (address.strip_prefix("oci://"), address.strip_prefix("oci+http://")) {
            (Some(rest), _) => (ClientProtocol::Https, "oci", rest),
            (None, Some(rest)) => (ClientProtocol::Http, "oci+http", rest),
            (None, None) => return Err(bad()),
        };
        let (host, prefix) = rest.trim_end_matches('/').split_once('/').ok_or_else(bad)?;
        // What the library makes of a name is what a name is.
        let whole: Reference = format!("{host}/{prefix}/index:latest").parse().map_err(|_| bad())?;
        if host.is_empty() || prefix.is_empty() || whole.registry() != host {
            return Err(bad());
        }
        if login.is_some() && protocol == ClientProtocol::Http && !is_here(host) {
            return Err(OciError::Plain { host: host.to_owned() });
        }
        // A second call is harmless: somebody chose the same provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ClientConfig { protocol, connect_timeout: Some(CONNECT), read_timeout: Some(READ), ..ClientConfig::default() };
        let other = |why: OciDistributionError| OciError::Other { host: host.to_owned(), why: why.to_string() };
        let client = Client::try_from(config).map_err(other)?;
        let auth = match login {
            Some(login) => RegistryAuth::Basic(login.user, login.password.expose_secret().to_owned()),
            None => RegistryAuth::Anonymous,
        };
        Ok(Self { client, scheme, host: host.to_owned(), prefix: prefix.to_owned(), auth })
    }

    /// Pushes a package, and what stands beside it. The same bytes again: only the signatures. Other bytes
    /// under a version that is there are refused.
    pub async fn publish(&self, package: &Package, signatures: Option<&str>) -> Result<(), OciError> {
        self.bounded(self.publish_all(package, signatures)).await
    }

    /// A release's bytes, compared with what the registry says they are, and its signatures.
    pub async fn pull(&self, id: &str, version: &str) -> Result<Pulled, OciError> {
        self.bounded(self.pull_all(id, version)).await
    }

    /// The list of releases; none if nothing was published yet.
    pub async fn index(&self) -> Result<Option<String>, OciError> {
        let at = self.at("index", "latest")?;
        match self.bounded(self.fetch(&at, INDEX, LARGEST_TEXT)).await {
            Ok(bytes) => Ok(Some(self.text(&at, bytes)?)),
            Err(OciError::Absent { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Replaces the list of releases.
    pub async fn put_index(&self, text: &str) -> Result<(), OciError> {
        let at = self.at("index", "latest")?;
        self.bounded(self.push(&at, EMPTY, b"{}", INDEX, text.as_bytes(), None)).await
    }

    async fn publish_all(&self, package: &Package, signatures: Option<&str>) -> Result<(), OciError> {
        let release = self.release(&package.manifest.id, &package.manifest.version)?;
        let digest = format!("sha256:{}", package.digest);
        match self.manifest(&release).await {
            Ok((manifest, _)) => match layer(&manifest, LAYER) {
                Some(there) if there.digest == digest => {}
                there => {
                    let there = there.map_or_else(|| "another artifact".into(), |there| there.digest.clone());
                    return Err(OciError::Taken { what: named(&release), there });
                }
            },
            Err(OciError::Absent { .. }) => self.push(&release, CONFIG, &config(package, &digest)?, LAYER, &package.bytes, None).await?,
            Err(why) => return Err(why),
        }
        let Some(signatures) = signatures else { return Ok(()) };
        let subject = self.subject(&release).await?;
        let beside = self.beside(&release)?;
        self.push(&beside, EMPTY, b"{}", SIGNATURES, signatures.as_bytes(), Some(subject)).await
    }

    async fn pull_all(&self, id: &str, version: &str) -> Result<Pulled, OciError> {
        let release = self.release(id, version)?;
        let package = self.fetch(&release, LAYER, LARGEST_PACKAGE).await?;
        let signatures = match self.fetch(&self.beside(&release)?, SIGNATURES, LARGEST_TEXT).await {
            Ok(bytes) => Some(self.text(&release, bytes)?),
            Err(OciError::Absent { .. }) => None,
            Err(why) => return Err(why),
        };
        Ok(Pulled { package, signatures })
    }

    async fn push(
        &self,
        at: &Reference,
        config_type: &str,
        config: &[u8],
        layer_type: &str,
        layer: &[u8],
        subject: Option<OciDescriptor>,
    ) -> Result<(), OciError> {
        let layers = [ImageLayer::new(layer.to_vec(), layer_type.into(), None)];
        let config = Config::new(config.to_vec(), config_type.into(), None);
        let mut manifest = OciImageManifest::build(&layers, &config, None);
        manifest.media_type = Some(MANIFEST.into());
        manifest.artifact_type = (config_type == EMPTY).then(|| layer_type.into());
        manifest.subject = subject;
        let pushed = self.client.push(at, &layers, config, &self.auth, Some(manifest)).await;
        pushed.map(drop).map_err(|why| self.error(at, why))
    }

    async fn bounded<T>(&self, work: impl Future<Output = Result<T, OciError>>) -> Result<T, OciError> {
        let late = |_| OciError::Unreachable { host: self.host.clone(), why: format!("not done in {} seconds", WHOLE.as_secs()) };
        tokio::time::timeout(WHOLE, work).await.map_err(late)?
    }

    /// The only layer of an artifact, whole and as the registry says it is.
    async fn fetch(&self, at: &Reference, media_type: &str, most: usize) -> Result<Vec<u8>, OciError> {
        let (manifest, _) = self.manifest(at).await?;
        let not_ours = || OciError::NotOurs { what: named(at), why: format!("it has no layer of {media_type}") };
        let layer = layer(&manifest, media_type).ok_or_else(not_ours)?;
        let too_large = || OciError::TooLarge { what: named(at), most };
        if usize::try_from(layer.size).unwrap_or(usize::MAX) > most {
            return Err(too_large());
        }
        let mut pieces = self.client.pull_blob_stream(at, layer).await.map_err(|why| self.error(at, why))?.stream;
        let mut bytes = vec![];
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) if bytes.len() + piece.len() > most => return Err(too_large()),
                Ok(piece) => bytes.extend_from_slice(&piece),
                // The library compares at the end of a stream, too; ours says what was found.
                Err(why) if why.get_ref().is_some_and(|why| why.is::<DigestError>()) => break,
                Err(why) => return Err(OciError::Unreachable { host: self.host.clone(), why: why.to_string() }),
            }
        }
        let found = format!("sha256:{}", Digest::of(&bytes));
        if found != layer.digest {
            return Err(OciError::Mismatch { what: named(at), expected: layer.digest.clone(), found });
        }
        Ok(bytes)
    }

    async fn manifest(&self, at: &Reference) -> Result<(OciImageManifest, String), OciError> {
        match self.client.pull_manifest(at, &self.auth).await.map_err(|why| self.error(at, why))? {
            (OciManifest::Image(manifest), digest) => Ok((manifest, digest)),
            (OciManifest::ImageIndex(_), _) => Err(OciError::NotOurs { what: named(at), why: "it is a list of images".into() }),
        }
    }

    /// What signatures are of.
    async fn subject(&self, release: &Reference) -> Result<OciDescriptor, OciError> {
        let accepted = &[MANIFEST];
        let (bytes, digest) = self.client.pull_manifest_raw(release, &self.auth, accepted).await.map_err(|why| self.error(release, why))?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Ok(OciDescriptor { media_type: MANIFEST.into(), digest, size, ..OciDescriptor::default() })
    }

    /// A name from outside must stay under the prefix.
    fn release(&self, id: &str, version: &str) -> Result<Reference, OciError> {
        let good_id = (2..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let good_version = version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u32>().is_ok());
        if !good_id || !good_version {
            return Err(OciError::Absent { what: format!("{id}@{version}"), host: self.host.clone() });
        }
        self.at(id, version)
    }

    fn beside(&self, release: &Reference) -> Result<Reference, OciError> {
        let id = release.repository().rsplit('/').next().unwrap_or_default();
        self.at(id, &format!("{}.sig", release.tag().unwrap_or_default()))
    }

    fn at(&self, name: &str, tag: &str) -> Result<Reference, OciError> {
        let whole = format!("{}/{}/{name}:{tag}", self.host, self.prefix);
        whole.parse().map_err(|_| OciError::Address(whole))
    }

    fn text(&self, at: &Reference, bytes: Vec<u8>) -> Result<String, OciError> {
        String::from_utf8(bytes).map_err(|_| OciError::NotOurs { what: named(at), why: "it is no text".into() })
    }

    fn error(&self, at: &Reference, why: OciDistributionError) -> OciError {
        use OciDistributionError as E;
        let host = self.host.clone();
        let absent = [OciErrorCode::ManifestUnknown, OciErrorCode::NameUnknown, OciErrorCode::NotFound, OciErrorCode::BlobUnknown];
        let refused = [OciErrorCode::Unauthorized, OciErrorCode::Denied];
        let has =
            |codes: &[OciErrorCode], envelope: &oci_client::errors::OciEnvelope| envelope.errors.iter().any(|e| codes.contains(&e.code));
        match why {
            E::RequestError(why) if why.is_connect() || why.is_timeout() => OciError::Unreachable { host, why: root(&why) },
            E::UnauthorizedError { .. } | E::AuthenticationFailure(_) | E::ServerError { code: 401 | 403, .. } => {
                OciError::Refused { host }
            }
            E::RegistryError { envelope, .. } if has(&refused, &envelope) => OciError::Refused { host },
            E::RegistryError { envelope, .. } if has(&absent, &envelope) => OciError::Absent { what: named(at), host },
            E::ImageManifestNotFoundError(_) | E::ServerError { code: 404, .. } => OciError::Absent { what: named(at), host },
            E::DigestError(why) => OciError::Mismatch { what: named(at), expected: "what it is named by".into(), found: why.to_string() },
            other => OciError::Other { host, why: other.to_string() },
        }
    }
}

impl std::fmt::Display for Oci {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}/{}", self.scheme, self.host, self.prefix)
    }
}

/// Whether it is this machine.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn layer<'m>(manifest: &'m OciImageManifest, media_type: &str) -> Option<&'m OciDescriptor> {
    match &manifest.layers[..] {
        [only] if only.media_type == media_type => Some(only),
        _ => None,
    }
}

/// What tools show of a component without fetching it. Of the same package it is always the same.
fn config(package: &Package, digest: &str) -> Result<Vec<u8>, OciError> {
    let what = package.manifest.release();
    let not_ours = |why: String| OciError::NotOurs { what: what.clone(), why };
    let decoded = wit_component::decode(&package.bytes).map_err(|why| not_ours(format!("{why:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else { return Err(not_ours("it is a WIT package".into())) };
    let world = &resolve.worlds[world];
    let exports: Vec<_> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    let imports: Vec<_> = world.imports.keys().map(|key| resolve.name_world_key(key)).collect();
    let config = json!({
        "created": "1970-01-01T00:00:00Z", "author": null, "architecture": "wasm", "os": "wasip2", "layerDigests": [digest],
        "component": { "exports": exports, "imports": imports, "target": null },
    });
    Ok(config.to_string().into_bytes())
}

fn named(at: &Reference) -> String {
    format!("{}:{}", at.repository(), at.tag().unwrap_or("-"))
}

/// An address for people: who wrote a password into it does not read it in a log.
fn without_login(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, rest)) => format!("...@{rest}"),
        None => address.to_owned(),
    }
}

/// The innermost cause, which says what happened.
fn root(why: &dyn std::error::Error) -> String {
    let mut why = why;
    while let Some(source) = why.source() {
        why = source;
    }
    why.to_string()
}
