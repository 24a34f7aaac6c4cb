//! Chats that people are told in, and the rules their robots keep: DingTalk, WeCom, a webhook's receiver,
//! and WeChat's template messages.
//!
//! From open.dingtalk.com (自定义机器人接入, 自定义机器人安全设置, 全局错误码), developer.work.weixin.qq.com
//! (群机器人配置说明, 全局错误码), developers.weixin.qq.com (获取稳定版接口调用凭据, 模板消息接口, 全局返回码)
//! and standardwebhooks.com. Nothing of it is asked on the real interfaces here.

mod dingtalk;
mod hook;
mod room;
mod wechat;
mod wecom;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

pub use dingtalk::Dingtalk;
pub use hook::Hook;
pub use room::{Room, Weather};
pub use wechat::{Wechat, WechatSent};
pub use wecom::Wecom;

/// All of them.
#[derive(Default)]
pub struct Chats {
    pub dingtalk: Dingtalk,
    pub wecom: Wecom,
    pub hook: Hook,
    pub wechat: Wechat,
}

pub fn routes(chats: Arc<Chats>) -> Router {
    Router::new()
        .route("/dingtalk/robot/send", post(dingtalk::send))
        .route("/wecom/cgi-bin/webhook/send", post(wecom::send))
        .route("/hook", post(hook::receive))
        .route("/wechat/cgi-bin/stable_token", post(wechat::token))
        .route("/wechat/cgi-bin/message/template/send", post(wechat::send))
        .with_state(chats)
}
