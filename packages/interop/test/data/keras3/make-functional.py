"""Writes functional models of Keras 3, each with inputs and Keras's own outputs: KERAS_BACKEND=torch python make-functional.py FOLDER."""
import json, sys, numpy as np, keras
from keras import layers as L
keras.utils.set_random_seed(3)
out=sys.argv[1]
def save(name, model, xs):
    for w in model.weights:
        if w.dtype=='float32': w.assign(np.random.uniform(.3,1,w.shape) if 'variance' in w.path else np.random.uniform(-.6,.6,w.shape))
    ys=model.predict(xs if len(xs)>1 else xs[0],verbose=0); ys=ys if isinstance(ys,(list,tuple)) else [ys]
    model.save(f'{out}/{name}.keras')
    num=lambda a:{'shape':list(a.shape),'data':np.asarray(a,dtype='float64').ravel().tolist()}
    json.dump({'inputs':{i.name:num(x) for i,x in zip(model.inputs,xs)},'outputs':[num(np.asarray(y)) for y in ys]},open(f'{out}/{name}.json','w'))
R=np.random.RandomState(1)
s=keras.Input((5,),name='source'); t=keras.Input((4,),name='target')
e=L.Embedding(7,3)
enc=L.Bidirectional(L.LSTM(2,return_sequences=True,return_state=True))
m,fh,fc,bh,bc=enc(e(s))
h=L.Concatenate()([fh,bh]); c=L.Concatenate()([fc,bc])
d=L.LSTM(4,return_sequences=True)(e(t),initial_state=[h,c])
ctx=L.Attention(use_scale=True)([d,m])
y=L.Dense(7,activation='softmax')(L.Concatenate()([d,ctx]))
save('encoder-decoder',keras.Model([s,t],y),[R.randint(0,7,(3,5)).astype('float32'),R.randint(0,7,(3,4)).astype('float32')])
x=keras.Input((6,5,2),name='picture'); v=keras.Input((4,6,5,1),name='video')
a=L.Conv2D(3,(3,2),activation='relu',padding='same',strides=(2,1))(x)
a=L.BatchNormalization(scale=False)(a); a=L.MaxPooling2D(2,padding='same')(a); a=L.SpatialDropout2D(.2)(a); a=L.Flatten()(a)
b=L.TimeDistributed(L.Conv2D(2,3))(v); b=L.TimeDistributed(L.AveragePooling2D((2,1)))(b); b=L.TimeDistributed(L.Flatten())(b); b=L.MaxPooling1D(2)(b)
b=L.GRU(4)(b,initial_state=L.Dense(4)(a))
z=L.Multiply()([L.Reshape((4,))(L.Dense(4)(a)),b])
save('images',keras.Model([x,v],[z,b]),[R.rand(3,6,5,2).astype('float32'),R.rand(3,4,6,5,1).astype('float32')])
q=keras.Input((5,4),name='q')
save('causal',keras.Model(q,L.Add()([q,L.Attention()([q,q],use_causal_mask=True)])),[R.rand(2,5,4).astype('float32')])
