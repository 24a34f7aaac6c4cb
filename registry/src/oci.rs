//! placeholder
pub struct Oci;
pub struct Login {
    pub user: String,
    pub password: secrecy::SecretString,
}
pub struct Pulled {
    pub package: Vec<u8>,
    pub signatures: Option<String>,
}
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    #[error("x")]
    X,
}
impl std::fmt::Display for Oci {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("x")
    }
}
impl Oci {
    pub fn open(_: &str, _: Option<Login>) -> Result<Self, OciError> {
        Err(OciError::X)
    }
    pub async fn publish(&self, _: &str, _: &str, _: &[u8], _: Option<&str>) -> Result<(), OciError> {
        Err(OciError::X)
    }
    pub async fn pull(&self, _: &str, _: &str) -> Result<Pulled, OciError> {
        Err(OciError::X)
    }
    pub async fn index(&self) -> Result<Option<String>, OciError> {
        Err(OciError::X)
    }
    pub async fn put_index(&self, _: &str) -> Result<(), OciError> {
        Err(OciError::X)
    }
}
