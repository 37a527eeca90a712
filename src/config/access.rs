use std::path::PathBuf;

use clap::Args;

use crate::cluster::Access;

/// How to reach a cluster; `serve`, `unregister` and `reach` share it.
#[derive(Args, Clone, Debug)]
pub struct AccessArgs {
    /// How to reach the cluster [default: as the pod's service account]
    #[arg(long, env = "BULKHEAD_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Which cluster of the kubeconfig
    #[arg(long, env = "BULKHEAD_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
}

impl From<AccessArgs> for Access {
    fn from(args: AccessArgs) -> Self {
        Self { kubeconfig: args.kubeconfig, context: args.context }
    }
}
