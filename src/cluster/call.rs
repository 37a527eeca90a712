//! A registered webhook, called as the API server calls it: at the address of its Service, by the name
//! of that, and trusting the registered authority alone.

use http::{Request, header};
use k8s_openapi::api::admissionregistration::v1::{
    ServiceReference, ValidatingWebhook, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::Service;
use kube::api::Api;
use kube::{Client, Config, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::access::{ClusterError, within};

/// A webhook that is registered with a Service.
pub struct RegisteredWebhook {
    /// The API server's: it knows the address of the Service.
    client: Client,
    name: String,
    service: ServiceReference,
    authority: Vec<u8>,
}

impl RegisteredWebhook {
    /// The first one of a validating configuration that calls this path; `None` if there is none.
    pub async fn find(
        client: &Client,
        configuration: &str,
        path: &str,
    ) -> Result<Option<Self>, ClusterError> {
        let api = Api::<ValidatingWebhookConfiguration>::all(client.clone());
        let label = format!("ValidatingWebhookConfiguration {configuration}");
        let stored = within("get", &label, api.get(configuration)).await?;
        let all = stored.webhooks.into_iter().flatten();
        let mut all = all.filter_map(|entry| Self::of(client, entry));
        Ok(all.find(|webhook| webhook.path() == path))
    }

    fn of(client: &Client, entry: ValidatingWebhook) -> Option<Self> {
        let config = entry.client_config;
        let authority = config.ca_bundle.map(|bytes| bytes.0).unwrap_or_default();
        Some(Self { client: client.clone(), name: entry.name, service: config.service?, authority })
    }

    /// Its name and where it leads.
    pub fn label(&self) -> String {
        let ServiceReference { namespace, name, .. } = &self.service;
        format!("{} (Service {namespace}/{name}:{}, {})", self.name, self.port(), self.path())
    }

    fn path(&self) -> &str {
        self.service.path.as_deref().unwrap_or_default()
    }

    fn port(&self) -> i32 {
        self.service.port.unwrap_or(443)
    }

    /// Posts a review; the body of the answer.
    pub async fn post(&self, review: Vec<u8>) -> Result<String, ClusterError> {
        let label = self.label();
        let post = async {
            let webhook = self.to_service().await?;
            let request = Request::post(self.path());
            let request = request.header(header::CONTENT_TYPE, "application/json").body(review);
            webhook.request_text(request.map_err(Error::HttpError)?).await
        };
        within("call", &label, post).await
    }

    async fn to_service(&self) -> Result<Client, Error> {
        let ServiceReference { namespace, name, .. } = &self.service;
        let services = Api::<Service>::namespaced(self.client.clone(), namespace);
        let service = services.get(name).await?;
        let address = service.spec.and_then(|spec| spec.cluster_ip).unwrap_or_default();
        let address = if address.contains(':') { format!("[{address}]") } else { address };
        let url = format!("https://{address}:{}", self.port()).parse();
        let mut config =
            Config::new(url.map_err(|error| Error::HttpError(http::Error::from(error)))?);
        // One that is not readable trusts nobody.
        let trusted = CertificateDer::pem_slice_iter(&self.authority).filter_map(Result::ok);
        config.root_cert = Some(trusted.map(|certificate| certificate.to_vec()).collect());
        config.tls_server_name = Some(format!("{name}.{namespace}.svc"));
        Client::try_from(config)
    }
}
