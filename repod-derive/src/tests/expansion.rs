//! What is written for enums that are right.

use expect_test::expect;

use super::check;

#[test]
fn the_enum_of_the_manual() {
    check(
        "
        /// What a client says.
        pub enum ToServer {
            /// The player moved.
            Move { x: f64, y: f64 },
            Chat(Chat),
            Ping,
        }
        ",
        &expect![[r##"
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl ::repod::__private::Action for ToServer {
                const NAMES: &'static [&'static ::core::primitive::str] = &["move", "chat", "ping"];
                fn name(&self) -> &'static ::core::primitive::str {
                    match self {
                        Self::Move { .. } => "move",
                        Self::Chat { .. } => "chat",
                        Self::Ping { .. } => "ping",
                    }
                }
                fn encode(
                    &self,
                    __writer: &mut ::repod::__private::Writer<'_>,
                ) -> ::core::result::Result<(), ::repod::__private::EncodeError> {
                    match self {
                        Self::Move { x: __field_0, y: __field_1 } => {
                            ::repod::__private::Writer::raw(
                                __writer,
                                b"\x83\xA6action\xA4move\xA1x",
                            );
                            ::repod::__private::Writer::value(__writer, "move", "x", __field_0)?;
                            ::repod::__private::Writer::raw(__writer, b"\xA1y");
                            ::repod::__private::Writer::value(__writer, "move", "y", __field_1)?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Chat(__content) => {
                            ::repod::__private::Writer::flat(__writer, "chat", __content)
                        }
                        Self::Ping {} => {
                            ::repod::__private::Writer::raw(__writer, b"\x81\xA6action\xA4ping");
                            ::core::result::Result::Ok(())
                        }
                    }
                }
                fn decode(
                    __message: &::repod::__private::Message<'_>,
                ) -> ::core::result::Result<Self, ::repod::__private::DecodeError> {
                    match ::repod::__private::Message::action(__message).as_bytes() {
                        b"move" => {
                            let mut __field_0: ::core::option::Option<f64> = ::core::option::Option::None;
                            let mut __field_1: ::core::option::Option<f64> = ::core::option::Option::None;
                            for __entry in ::repod::__private::Message::entries(__message) {
                                match ::repod::__private::Entry::key(&__entry) {
                                    b"x" => {
                                        __field_0 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    b"y" => {
                                        __field_1 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            ::core::result::Result::Ok(Self::Move {
                                x: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<f64>(__message, "x")?
                                    }
                                },
                                y: match __field_1 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<f64>(__message, "y")?
                                    }
                                },
                            })
                        }
                        b"chat" => {
                            ::core::result::Result::Ok(
                                Self::Chat(
                                    ::repod::__private::Message::read_flat::<Chat>(__message)?,
                                ),
                            )
                        }
                        b"ping" => ::core::result::Result::Ok(Self::Ping {}),
                        _ => {
                            ::core::result::Result::Err(
                                ::repod::__private::Message::unknown(__message),
                            )
                        }
                    }
                }
                fn decode_plain(
                    __reader: &mut ::repod::__private::PlainReader<'_>,
                ) -> ::core::option::Option<Self> {
                    match ::repod::__private::PlainReader::action(__reader)? {
                        (3u8, b"move") => {
                            ::repod::__private::PlainReader::key(__reader, b"\xA1x")?;
                            let __field_0 = ::repod::__private::PlainReader::value::<f64>(__reader)?;
                            ::repod::__private::PlainReader::key(__reader, b"\xA1y")?;
                            let __field_1 = ::repod::__private::PlainReader::value::<f64>(__reader)?;
                            ::repod::__private::PlainReader::end(__reader)?;
                            ::core::option::Option::Some(Self::Move {
                                x: __field_0,
                                y: __field_1,
                            })
                        }
                        (1u8, b"ping") => {
                            ::repod::__private::PlainReader::end(__reader)?;
                            ::core::option::Option::Some(Self::Ping {})
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
            /// Handles the actions of [`ToServer`], with one method for each.
            ///
            /// What a client says.
            #[diagnostic::on_unimplemented(
                message = "`{Self}` does not handle the actions of `ToServer`",
                label = "implement `ToServerHandler` for `{Self}`",
                note = "write `impl ToServerHandler for {Self}` with one method for each action: on_move, on_chat, on_ping"
            )]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            pub trait ToServerHandler {
                /// The player moved.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_move(
                    &mut self,
                    x: f64,
                    y: f64,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
                /// Handles the action `chat`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_chat(
                    &mut self,
                    chat: Chat,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
                /// Handles the action `ping`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_ping(
                    &mut self,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
            }
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<
                __Handler: ToServerHandler + ::core::marker::Send,
            > ::repod::__private::Dispatch<__Handler> for ToServer {
                #[inline]
                fn dispatch(
                    self,
                    __handler: &mut __Handler,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send {
                    async move {
                        match self {
                            Self::Move { x: __field_0, y: __field_1 } => {
                                <__Handler as ToServerHandler>::on_move(
                                        __handler,
                                        __field_0,
                                        __field_1,
                                    )
                                    .await
                            }
                            Self::Chat(__content) => {
                                <__Handler as ToServerHandler>::on_chat(__handler, __content).await
                            }
                            Self::Ping {} => <__Handler as ToServerHandler>::on_ping(__handler).await,
                        }
                    }
                }
            }
        "##]],
    );
}

#[test]
fn handlers_are_plain_functions_with_sync() {
    check(
        "
        #[action(sync)]
        enum ToClient {
            Welcome { text: String },
        }
        ",
        &expect![[r##"
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl ::repod::__private::Action for ToClient {
                const NAMES: &'static [&'static ::core::primitive::str] = &["welcome"];
                fn name(&self) -> &'static ::core::primitive::str {
                    match self {
                        Self::Welcome { .. } => "welcome",
                    }
                }
                fn encode(
                    &self,
                    __writer: &mut ::repod::__private::Writer<'_>,
                ) -> ::core::result::Result<(), ::repod::__private::EncodeError> {
                    match self {
                        Self::Welcome { text: __field_0 } => {
                            ::repod::__private::Writer::raw(
                                __writer,
                                b"\x82\xA6action\xA7welcome\xA4text",
                            );
                            ::repod::__private::Writer::value(
                                __writer,
                                "welcome",
                                "text",
                                __field_0,
                            )?;
                            ::core::result::Result::Ok(())
                        }
                    }
                }
                fn decode(
                    __message: &::repod::__private::Message<'_>,
                ) -> ::core::result::Result<Self, ::repod::__private::DecodeError> {
                    match ::repod::__private::Message::action(__message).as_bytes() {
                        b"welcome" => {
                            let mut __field_0: ::core::option::Option<String> = ::core::option::Option::None;
                            for __entry in ::repod::__private::Message::entries(__message) {
                                match ::repod::__private::Entry::key(&__entry) {
                                    b"text" => {
                                        __field_0 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<String>(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            ::core::result::Result::Ok(Self::Welcome {
                                text: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<
                                            String,
                                        >(__message, "text")?
                                    }
                                },
                            })
                        }
                        _ => {
                            ::core::result::Result::Err(
                                ::repod::__private::Message::unknown(__message),
                            )
                        }
                    }
                }
                fn decode_plain(
                    __reader: &mut ::repod::__private::PlainReader<'_>,
                ) -> ::core::option::Option<Self> {
                    match ::repod::__private::PlainReader::action(__reader)? {
                        (2u8, b"welcome") => {
                            ::repod::__private::PlainReader::key(__reader, b"\xA4text")?;
                            let __field_0 = ::repod::__private::PlainReader::value::<
                                String,
                            >(__reader)?;
                            ::repod::__private::PlainReader::end(__reader)?;
                            ::core::option::Option::Some(Self::Welcome { text: __field_0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
            /// Handles the actions of [`ToClient`], with one method for each.
            #[diagnostic::on_unimplemented(
                message = "`{Self}` does not handle the actions of `ToClient`",
                label = "implement `ToClientHandler` for `{Self}`",
                note = "write `impl ToClientHandler for {Self}` with one method for each action: on_welcome"
            )]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            trait ToClientHandler {
                /// Handles the action `welcome`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_welcome(&mut self, text: String) -> ::repod::__private::Result;
            }
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<__Handler: ToClientHandler> ::repod::__private::DispatchSync<__Handler>
            for ToClient {
                fn dispatch_sync(self, __handler: &mut __Handler) -> ::repod::__private::Result {
                    match self {
                        Self::Welcome { text: __field_0 } => {
                            <__Handler as ToClientHandler>::on_welcome(__handler, __field_0)
                        }
                    }
                }
            }
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<
                __Handler: ToClientHandler + ::core::marker::Send,
            > ::repod::__private::Dispatch<__Handler> for ToClient {
                #[inline]
                fn dispatch(
                    self,
                    __handler: &mut __Handler,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send {
                    async move {
                        <Self as ::repod::__private::DispatchSync<
                            __Handler,
                        >>::dispatch_sync(self, __handler)
                    }
                }
            }
        "##]],
    );
}

#[test]
fn every_setting_of_a_field() {
    check(
        r#"
        #[action(sync, crate = "crate::net")]
        enum ToServer {
            #[action(rename = "go", method = "on_walk")]
            Move {
                #[serde(default, alias = "left")]
                x: f64,
                #[serde(default = "zero", rename(serialize = "new", deserialize = "old"))]
                y: f64,
                #[serde(with = "text")]
                z: u128,
                #[serde(skip, default = "now")]
                at: Instant,
                #[action(lenient)]
                #[serde(deserialize_with = "points")]
                points: u8,
                #[serde(skip_serializing_if = "Option::is_none")]
                note: Option<String>,
            },
            #[action(lenient)]
            Chat(Chat),
        }
        "#,
        &expect![[r##"
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl crate::net::__private::Action for ToServer {
                const NAMES: &'static [&'static ::core::primitive::str] = &["go", "chat"];
                fn name(&self) -> &'static ::core::primitive::str {
                    match self {
                        Self::Move { .. } => "go",
                        Self::Chat { .. } => "chat",
                    }
                }
                fn encode(
                    &self,
                    __writer: &mut crate::net::__private::Writer<'_>,
                ) -> ::core::result::Result<(), crate::net::__private::EncodeError> {
                    match self {
                        Self::Move {
                            x: __field_0,
                            y: __field_1,
                            z: __field_2,
                            at: _,
                            points: __field_4,
                            note: __field_5,
                        } => {
                            let mut __keys = 5;
                            let __is_left_out_5: ::core::primitive::bool = Option::is_none(
                                __field_5,
                            );
                            if !__is_left_out_5 {
                                __keys += 1;
                            }
                            crate::net::__private::Writer::map(__writer, __keys);
                            crate::net::__private::Writer::raw(__writer, b"\xA6action\xA2go");
                            crate::net::__private::Writer::raw(__writer, b"\xA1x");
                            crate::net::__private::Writer::value(__writer, "go", "x", __field_0)?;
                            crate::net::__private::Writer::raw(__writer, b"\xA3new");
                            crate::net::__private::Writer::value(__writer, "go", "new", __field_1)?;
                            crate::net::__private::Writer::raw(__writer, b"\xA1z");
                            crate::net::__private::Writer::value_with(
                                __writer,
                                "go",
                                "z",
                                |__serializer| text::serialize(__field_2, __serializer),
                            )?;
                            crate::net::__private::Writer::raw(__writer, b"\xA6points");
                            crate::net::__private::Writer::value(
                                __writer,
                                "go",
                                "points",
                                __field_4,
                            )?;
                            if !__is_left_out_5 {
                                crate::net::__private::Writer::raw(__writer, b"\xA4note");
                                crate::net::__private::Writer::value(
                                    __writer,
                                    "go",
                                    "note",
                                    __field_5,
                                )?;
                            }
                            ::core::result::Result::Ok(())
                        }
                        Self::Chat(__content) => {
                            crate::net::__private::Writer::flat(__writer, "chat", __content)
                        }
                    }
                }
                fn decode(
                    __message: &crate::net::__private::Message<'_>,
                ) -> ::core::result::Result<Self, crate::net::__private::DecodeError> {
                    match crate::net::__private::Message::action(__message).as_bytes() {
                        b"go" => {
                            let mut __field_0: ::core::option::Option<f64> = ::core::option::Option::None;
                            let mut __field_1: ::core::option::Option<f64> = ::core::option::Option::None;
                            let mut __field_2: ::core::option::Option<u128> = ::core::option::Option::None;
                            let mut __field_4: ::core::option::Option<u8> = ::core::option::Option::None;
                            let mut __field_5: ::core::option::Option<Option<String>> = ::core::option::Option::None;
                            for __entry in crate::net::__private::Message::entries(__message) {
                                match crate::net::__private::Entry::key(&__entry) {
                                    b"x" | b"left" => {
                                        __field_0 = ::core::option::Option::Some(
                                            crate::net::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    b"old" => {
                                        __field_1 = ::core::option::Option::Some(
                                            crate::net::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    b"z" => {
                                        __field_2 = ::core::option::Option::Some(
                                            crate::net::__private::Entry::read_with(
                                                &__entry,
                                                |__reader| text::deserialize(__reader),
                                            )?,
                                        );
                                    }
                                    b"points" => {
                                        __field_4 = ::core::option::Option::Some(
                                            crate::net::__private::Entry::read_lenient_with(
                                                &__entry,
                                                |__reader| points(__reader),
                                            )?,
                                        );
                                    }
                                    b"note" => {
                                        __field_5 = ::core::option::Option::Some(
                                            crate::net::__private::Entry::read::<
                                                Option<String>,
                                            >(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            ::core::result::Result::Ok(Self::Move {
                                x: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        <f64 as ::core::default::Default>::default()
                                    }
                                },
                                y: match __field_1 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        let __value: f64 = zero();
                                        __value
                                    }
                                },
                                z: match __field_2 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        return ::core::result::Result::Err(
                                            crate::net::__private::Message::missing_field(
                                                __message,
                                                "z",
                                            ),
                                        );
                                    }
                                },
                                at: now(),
                                points: match __field_4 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        return ::core::result::Result::Err(
                                            crate::net::__private::Message::missing_field(
                                                __message,
                                                "points",
                                            ),
                                        );
                                    }
                                },
                                note: match __field_5 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        crate::net::__private::Message::missing::<
                                            Option<String>,
                                        >(__message, "note")?
                                    }
                                },
                            })
                        }
                        b"chat" => {
                            ::core::result::Result::Ok(
                                Self::Chat(
                                    crate::net::__private::Message::read_flat_lenient::<
                                        Chat,
                                    >(__message)?,
                                ),
                            )
                        }
                        _ => {
                            ::core::result::Result::Err(
                                crate::net::__private::Message::unknown(__message),
                            )
                        }
                    }
                }
                fn decode_plain(
                    __reader: &mut crate::net::__private::PlainReader<'_>,
                ) -> ::core::option::Option<Self> {
                    match crate::net::__private::PlainReader::action(__reader)? {
                        _ => ::core::option::Option::None,
                    }
                }
            }
            /// Handles the actions of [`ToServer`], with one method for each.
            #[diagnostic::on_unimplemented(
                message = "`{Self}` does not handle the actions of `ToServer`",
                label = "implement `ToServerHandler` for `{Self}`",
                note = "write `impl ToServerHandler for {Self}` with one method for each action: on_walk, on_chat"
            )]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            trait ToServerHandler {
                /// Handles the action `go`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_walk(
                    &mut self,
                    x: f64,
                    y: f64,
                    z: u128,
                    at: Instant,
                    points: u8,
                    note: Option<String>,
                ) -> crate::net::__private::Result;
                /// Handles the action `chat`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_chat(&mut self, chat: Chat) -> crate::net::__private::Result;
            }
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<__Handler: ToServerHandler> crate::net::__private::DispatchSync<__Handler>
            for ToServer {
                fn dispatch_sync(self, __handler: &mut __Handler) -> crate::net::__private::Result {
                    match self {
                        Self::Move {
                            x: __field_0,
                            y: __field_1,
                            z: __field_2,
                            at: __field_3,
                            points: __field_4,
                            note: __field_5,
                        } => {
                            <__Handler as ToServerHandler>::on_walk(
                                __handler,
                                __field_0,
                                __field_1,
                                __field_2,
                                __field_3,
                                __field_4,
                                __field_5,
                            )
                        }
                        Self::Chat(__content) => {
                            <__Handler as ToServerHandler>::on_chat(__handler, __content)
                        }
                    }
                }
            }
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<
                __Handler: ToServerHandler + ::core::marker::Send,
            > crate::net::__private::Dispatch<__Handler> for ToServer {
                #[inline]
                fn dispatch(
                    self,
                    __handler: &mut __Handler,
                ) -> impl ::core::future::Future<
                    Output = crate::net::__private::Result,
                > + ::core::marker::Send {
                    async move {
                        <Self as crate::net::__private::DispatchSync<
                            __Handler,
                        >>::dispatch_sync(self, __handler)
                    }
                }
            }
        "##]],
    );
}

#[test]
fn rules_are_checked_after_decoding_and_only_where_there_are_any() {
    check(
        "
        enum ToServer {
            Move {
                #[action(range = 0.0..=1000.0)]
                x: f64,
                #[action(range = limits::BOARD)]
                #[serde(rename = \"type\")]
                y: f64,
                z: f64,
            },
            Say {
                #[action(max_len = 64, validate = crate::is_polite)]
                text: String,
                #[action(max_len = MOST, lenient)]
                to: Vec<u32>,
            },
            #[action(validate = is_fair)]
            Bet { coins: u32, purse: u32 },
            #[action(validate = Chat::check)]
            Chat(Chat),
            Free { x: f64 },
        }
        ",
        &expect![[r##"
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl ::repod::__private::Action for ToServer {
                const NAMES: &'static [&'static ::core::primitive::str] = &[
                    "move",
                    "say",
                    "bet",
                    "chat",
                    "free",
                ];
                fn name(&self) -> &'static ::core::primitive::str {
                    match self {
                        Self::Move { .. } => "move",
                        Self::Say { .. } => "say",
                        Self::Bet { .. } => "bet",
                        Self::Chat { .. } => "chat",
                        Self::Free { .. } => "free",
                    }
                }
                fn check(&self) -> ::core::result::Result<(), ::repod::__private::DecodeError> {
                    #[allow(unreachable_patterns)]
                    match self {
                        Self::Move { x: __field_0, y: __field_1, z: _ } => {
                            ::repod::__private::check_between_inclusive(
                                "move",
                                "x",
                                __field_0,
                                || 0.0..=1000.0,
                            )?;
                            ::repod::__private::check_range(
                                "move",
                                "type",
                                __field_1,
                                &limits::BOARD,
                            )?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Say { text: __field_0, to: __field_1 } => {
                            ::repod::__private::check_len("say", "text", __field_0, 64usize)?;
                            ::repod::__private::check_field(
                                "say",
                                "text",
                                "crate::is_polite",
                                crate::is_polite(__field_0),
                            )?;
                            ::repod::__private::check_len("say", "to", __field_1, MOST)?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Bet { coins: __field_0, purse: __field_1 } => {
                            ::repod::__private::check_message(
                                "bet",
                                "is_fair",
                                is_fair(__field_0, __field_1),
                            )?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Chat(__content) => {
                            ::repod::__private::check_message(
                                "chat",
                                "Chat::check",
                                Chat::check(__content),
                            )?;
                            ::core::result::Result::Ok(())
                        }
                        _ => ::core::result::Result::Ok(()),
                    }
                }
                fn encode(
                    &self,
                    __writer: &mut ::repod::__private::Writer<'_>,
                ) -> ::core::result::Result<(), ::repod::__private::EncodeError> {
                    match self {
                        Self::Move { x: __field_0, y: __field_1, z: __field_2 } => {
                            ::repod::__private::Writer::raw(
                                __writer,
                                b"\x84\xA6action\xA4move\xA1x",
                            );
                            ::repod::__private::Writer::value(__writer, "move", "x", __field_0)?;
                            ::repod::__private::Writer::raw(__writer, b"\xA4type");
                            ::repod::__private::Writer::value(__writer, "move", "type", __field_1)?;
                            ::repod::__private::Writer::raw(__writer, b"\xA1z");
                            ::repod::__private::Writer::value(__writer, "move", "z", __field_2)?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Say { text: __field_0, to: __field_1 } => {
                            ::repod::__private::Writer::raw(
                                __writer,
                                b"\x83\xA6action\xA3say\xA4text",
                            );
                            ::repod::__private::Writer::value(__writer, "say", "text", __field_0)?;
                            ::repod::__private::Writer::raw(__writer, b"\xA2to");
                            ::repod::__private::Writer::value(__writer, "say", "to", __field_1)?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Bet { coins: __field_0, purse: __field_1 } => {
                            ::repod::__private::Writer::raw(
                                __writer,
                                b"\x83\xA6action\xA3bet\xA5coins",
                            );
                            ::repod::__private::Writer::value(__writer, "bet", "coins", __field_0)?;
                            ::repod::__private::Writer::raw(__writer, b"\xA5purse");
                            ::repod::__private::Writer::value(__writer, "bet", "purse", __field_1)?;
                            ::core::result::Result::Ok(())
                        }
                        Self::Chat(__content) => {
                            ::repod::__private::Writer::flat(__writer, "chat", __content)
                        }
                        Self::Free { x: __field_0 } => {
                            ::repod::__private::Writer::raw(
                                __writer,
                                b"\x82\xA6action\xA4free\xA1x",
                            );
                            ::repod::__private::Writer::value(__writer, "free", "x", __field_0)?;
                            ::core::result::Result::Ok(())
                        }
                    }
                }
                fn decode(
                    __message: &::repod::__private::Message<'_>,
                ) -> ::core::result::Result<Self, ::repod::__private::DecodeError> {
                    match ::repod::__private::Message::action(__message).as_bytes() {
                        b"move" => {
                            let mut __field_0: ::core::option::Option<f64> = ::core::option::Option::None;
                            let mut __field_1: ::core::option::Option<f64> = ::core::option::Option::None;
                            let mut __field_2: ::core::option::Option<f64> = ::core::option::Option::None;
                            for __entry in ::repod::__private::Message::entries(__message) {
                                match ::repod::__private::Entry::key(&__entry) {
                                    b"x" => {
                                        __field_0 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    b"type" => {
                                        __field_1 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    b"z" => {
                                        __field_2 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            let __action = Self::Move {
                                x: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<f64>(__message, "x")?
                                    }
                                },
                                y: match __field_1 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<
                                            f64,
                                        >(__message, "type")?
                                    }
                                },
                                z: match __field_2 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<f64>(__message, "z")?
                                    }
                                },
                            };
                            ::repod::__private::Action::check(&__action)?;
                            ::core::result::Result::Ok(__action)
                        }
                        b"say" => {
                            let mut __field_0: ::core::option::Option<String> = ::core::option::Option::None;
                            let mut __field_1: ::core::option::Option<Vec<u32>> = ::core::option::Option::None;
                            for __entry in ::repod::__private::Message::entries(__message) {
                                match ::repod::__private::Entry::key(&__entry) {
                                    b"text" => {
                                        __field_0 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<String>(&__entry)?,
                                        );
                                    }
                                    b"to" => {
                                        __field_1 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read_lenient::<
                                                Vec<u32>,
                                            >(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            let __action = Self::Say {
                                text: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<
                                            String,
                                        >(__message, "text")?
                                    }
                                },
                                to: match __field_1 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<
                                            Vec<u32>,
                                        >(__message, "to")?
                                    }
                                },
                            };
                            ::repod::__private::Action::check(&__action)?;
                            ::core::result::Result::Ok(__action)
                        }
                        b"bet" => {
                            let mut __field_0: ::core::option::Option<u32> = ::core::option::Option::None;
                            let mut __field_1: ::core::option::Option<u32> = ::core::option::Option::None;
                            for __entry in ::repod::__private::Message::entries(__message) {
                                match ::repod::__private::Entry::key(&__entry) {
                                    b"coins" => {
                                        __field_0 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<u32>(&__entry)?,
                                        );
                                    }
                                    b"purse" => {
                                        __field_1 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<u32>(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            let __action = Self::Bet {
                                coins: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<
                                            u32,
                                        >(__message, "coins")?
                                    }
                                },
                                purse: match __field_1 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<
                                            u32,
                                        >(__message, "purse")?
                                    }
                                },
                            };
                            ::repod::__private::Action::check(&__action)?;
                            ::core::result::Result::Ok(__action)
                        }
                        b"chat" => {
                            let __action = Self::Chat(
                                ::repod::__private::Message::read_flat::<Chat>(__message)?,
                            );
                            ::repod::__private::Action::check(&__action)?;
                            ::core::result::Result::Ok(__action)
                        }
                        b"free" => {
                            let mut __field_0: ::core::option::Option<f64> = ::core::option::Option::None;
                            for __entry in ::repod::__private::Message::entries(__message) {
                                match ::repod::__private::Entry::key(&__entry) {
                                    b"x" => {
                                        __field_0 = ::core::option::Option::Some(
                                            ::repod::__private::Entry::read::<f64>(&__entry)?,
                                        );
                                    }
                                    _ => {}
                                }
                            }
                            ::core::result::Result::Ok(Self::Free {
                                x: match __field_0 {
                                    ::core::option::Option::Some(__value) => __value,
                                    ::core::option::Option::None => {
                                        ::repod::__private::Message::missing::<f64>(__message, "x")?
                                    }
                                },
                            })
                        }
                        _ => {
                            ::core::result::Result::Err(
                                ::repod::__private::Message::unknown(__message),
                            )
                        }
                    }
                }
                fn decode_plain(
                    __reader: &mut ::repod::__private::PlainReader<'_>,
                ) -> ::core::option::Option<Self> {
                    match ::repod::__private::PlainReader::action(__reader)? {
                        (4u8, b"move") => {
                            ::repod::__private::PlainReader::key(__reader, b"\xA1x")?;
                            let __field_0 = ::repod::__private::PlainReader::value::<f64>(__reader)?;
                            ::repod::__private::PlainReader::key(__reader, b"\xA4type")?;
                            let __field_1 = ::repod::__private::PlainReader::value::<f64>(__reader)?;
                            ::repod::__private::PlainReader::key(__reader, b"\xA1z")?;
                            let __field_2 = ::repod::__private::PlainReader::value::<f64>(__reader)?;
                            ::repod::__private::PlainReader::end(__reader)?;
                            let __action = Self::Move {
                                x: __field_0,
                                y: __field_1,
                                z: __field_2,
                            };
                            match ::repod::__private::Action::check(&__action) {
                                ::core::result::Result::Ok(()) => {
                                    ::core::option::Option::Some(__action)
                                }
                                ::core::result::Result::Err(_) => ::core::option::Option::None,
                            }
                        }
                        (3u8, b"bet") => {
                            ::repod::__private::PlainReader::key(__reader, b"\xA5coins")?;
                            let __field_0 = ::repod::__private::PlainReader::value::<u32>(__reader)?;
                            ::repod::__private::PlainReader::key(__reader, b"\xA5purse")?;
                            let __field_1 = ::repod::__private::PlainReader::value::<u32>(__reader)?;
                            ::repod::__private::PlainReader::end(__reader)?;
                            let __action = Self::Bet {
                                coins: __field_0,
                                purse: __field_1,
                            };
                            match ::repod::__private::Action::check(&__action) {
                                ::core::result::Result::Ok(()) => {
                                    ::core::option::Option::Some(__action)
                                }
                                ::core::result::Result::Err(_) => ::core::option::Option::None,
                            }
                        }
                        (2u8, b"free") => {
                            ::repod::__private::PlainReader::key(__reader, b"\xA1x")?;
                            let __field_0 = ::repod::__private::PlainReader::value::<f64>(__reader)?;
                            ::repod::__private::PlainReader::end(__reader)?;
                            ::core::option::Option::Some(Self::Free { x: __field_0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
            /// Handles the actions of [`ToServer`], with one method for each.
            #[diagnostic::on_unimplemented(
                message = "`{Self}` does not handle the actions of `ToServer`",
                label = "implement `ToServerHandler` for `{Self}`",
                note = "write `impl ToServerHandler for {Self}` with one method for each action: on_move, on_say, on_bet, on_chat, on_free"
            )]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            trait ToServerHandler {
                /// Handles the action `move`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_move(
                    &mut self,
                    x: f64,
                    y: f64,
                    z: f64,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
                /// Handles the action `say`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_say(
                    &mut self,
                    text: String,
                    to: Vec<u32>,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
                /// Handles the action `bet`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_bet(
                    &mut self,
                    coins: u32,
                    purse: u32,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
                /// Handles the action `chat`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_chat(
                    &mut self,
                    chat: Chat,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
                /// Handles the action `free`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_free(
                    &mut self,
                    x: f64,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send;
            }
            #[automatically_derived]
            #[allow(nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<
                __Handler: ToServerHandler + ::core::marker::Send,
            > ::repod::__private::Dispatch<__Handler> for ToServer {
                #[inline]
                fn dispatch(
                    self,
                    __handler: &mut __Handler,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send {
                    async move {
                        match self {
                            Self::Move { x: __field_0, y: __field_1, z: __field_2 } => {
                                <__Handler as ToServerHandler>::on_move(
                                        __handler,
                                        __field_0,
                                        __field_1,
                                        __field_2,
                                    )
                                    .await
                            }
                            Self::Say { text: __field_0, to: __field_1 } => {
                                <__Handler as ToServerHandler>::on_say(
                                        __handler,
                                        __field_0,
                                        __field_1,
                                    )
                                    .await
                            }
                            Self::Bet { coins: __field_0, purse: __field_1 } => {
                                <__Handler as ToServerHandler>::on_bet(
                                        __handler,
                                        __field_0,
                                        __field_1,
                                    )
                                    .await
                            }
                            Self::Chat(__content) => {
                                <__Handler as ToServerHandler>::on_chat(__handler, __content).await
                            }
                            Self::Free { x: __field_0 } => {
                                <__Handler as ToServerHandler>::on_free(__handler, __field_0).await
                            }
                        }
                    }
                }
            }
        "##]],
    );
}
