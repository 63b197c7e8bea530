package county

import "context"

// InHandSteps are the steps of InHand.
func (w *Writer) InHandSteps() []func(context.Context) error { return w.inHand() }
