import{a as n}from"./part-UBRLVIYQ.js";var s=self;s.onmessage=t=>{let{number:a,count:o,edges:r,width:u,height:m}=t.data,e=n(o,r,u,m);s.postMessage({number:a,layout:e},[e.x.buffer,e.y.buffer])};
