//! What is written for enums that are wrong: errors, and bodies that cannot be reached.

use expect_test::expect;

use super::check;

#[test]
fn methods_are_kept_as_far_as_they_are_understood() {
    check(
        r#"
        #[action(sink)]
        enum ToServer {
            Move(f64, f64),
            #[action(method = "on_move")]
            Walk,
        }
        "#,
        &expect![[r#"
            ::core::compile_error! {
                "`sink` is not known here: the enum takes `sync`, `lenient`, `rename_all`, `crate`"
            }
            ::core::compile_error! {
                "fields need names to be sent: write `Move { first: .., second: .. }`, or `Move(Fields)` with a struct `Fields` that has them"
            }
            ::core::compile_error! {
                "`Move` and `Walk` have the same method, `on_move`: give one of them another with `#[action(method = \"..\")]`"
            }
            #[automatically_derived]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl ::repod::__private::Action for ToServer {
                const NAMES: &'static [&'static ::core::primitive::str] = &["move", "walk"];
                fn name(&self) -> &'static ::core::primitive::str {
                    ::core::unreachable!()
                }
                fn encode(
                    &self,
                    __writer: &mut ::repod::__private::Writer<'_>,
                ) -> ::core::result::Result<(), ::repod::__private::EncodeError> {
                    ::core::unreachable!()
                }
                fn decode(
                    __message: &::repod::__private::Message<'_>,
                ) -> ::core::result::Result<Self, ::repod::__private::DecodeError> {
                    ::core::unreachable!()
                }
                fn decode_plain(
                    __reader: &mut ::repod::__private::PlainReader<'_>,
                ) -> ::core::option::Option<Self> {
                    ::core::unreachable!()
                }
            }
            /// Handles the actions of [`ToServer`], with one method for each.
            #[diagnostic::on_unimplemented(
                message = "`{Self}` does not handle the actions of `ToServer`",
                label = "implement `ToServerHandler` for `{Self}`",
                note = "write `impl ToServerHandler for {Self}` with one method for each action: on_move"
            )]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            trait ToServerHandler {
                /// Handles the action `move`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_move(
                    &mut self,
                    field_0: f64,
                    field_1: f64,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send {
                    async { ::core::unreachable!() }
                }
            }
            #[automatically_derived]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
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
                    async { ::core::unreachable!() }
                }
            }
        "#]],
    );
}

#[test]
fn generics_are_kept_on_the_enum_and_out_of_the_trait() {
    check(
        "
        #[action(sync)]
        enum ToServer<'a, T: Copy = f64> where T: Default {
            Chat { text: &'a str },
            Move { x: T },
            Ping,
        }
        ",
        &expect![[r#"
            ::core::compile_error! {
                "a message owns its fields, it cannot borrow: remove the lifetime and use types such as `String` instead of `&str`"
            }
            #[automatically_derived]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<'a, T: Copy> ::repod::__private::Action for ToServer<'a, T>
            where
                T: Default,
                ToServer<'a, T>: ::core::marker::Send + 'static,
            {
                const NAMES: &'static [&'static ::core::primitive::str] = &["chat", "move", "ping"];
                fn name(&self) -> &'static ::core::primitive::str {
                    ::core::unreachable!()
                }
                fn encode(
                    &self,
                    __writer: &mut ::repod::__private::Writer<'_>,
                ) -> ::core::result::Result<(), ::repod::__private::EncodeError> {
                    ::core::unreachable!()
                }
                fn decode(
                    __message: &::repod::__private::Message<'_>,
                ) -> ::core::result::Result<Self, ::repod::__private::DecodeError> {
                    ::core::unreachable!()
                }
                fn decode_plain(
                    __reader: &mut ::repod::__private::PlainReader<'_>,
                ) -> ::core::option::Option<Self> {
                    ::core::unreachable!()
                }
            }
            /// Handles the actions of [`ToServer`], with one method for each.
            #[diagnostic::on_unimplemented(
                message = "`{Self}` does not handle the actions of `ToServer`",
                label = "implement `ToServerHandler` for `{Self}`",
                note = "write `impl ToServerHandler for {Self}` with one method for each action: on_ping"
            )]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            trait ToServerHandler {
                /// Handles the action `ping`.
                ///
                /// # Errors
                ///
                /// Any error: it is given to `on_error`.
                fn on_ping(&mut self) -> ::repod::__private::Result {
                    ::core::unreachable!()
                }
            }
            #[automatically_derived]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<'a, T: Copy, __Handler: ToServerHandler> ::repod::__private::DispatchSync<__Handler>
            for ToServer<'a, T>
            where
                T: Default,
                ToServer<'a, T>: ::core::marker::Send + 'static,
            {
                fn dispatch_sync(self, __handler: &mut __Handler) -> ::repod::__private::Result {
                    ::core::unreachable!()
                }
            }
            #[automatically_derived]
            #[allow(unused, nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
            impl<
                'a,
                T: Copy,
                __Handler: ToServerHandler + ::core::marker::Send,
            > ::repod::__private::Dispatch<__Handler> for ToServer<'a, T>
            where
                T: Default,
                ToServer<'a, T>: ::core::marker::Send + 'static,
            {
                #[inline]
                fn dispatch(
                    self,
                    __handler: &mut __Handler,
                ) -> impl ::core::future::Future<
                    Output = ::repod::__private::Result,
                > + ::core::marker::Send {
                    async { ::core::unreachable!() }
                }
            }
        "#]],
    );
}
