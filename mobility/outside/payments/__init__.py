"""Payment providers behind `mobility.acts.sales.payment_port`: the sandbox, Stripe, eopayment."""
